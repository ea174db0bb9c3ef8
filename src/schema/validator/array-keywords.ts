import type { Check, Run } from './check.ts'
import { listOf, numberOf, type Place } from './place.ts'
import { canonicalJson } from './same-json.ts'

/** `items` and `prefixItems`, also in the older spelling with a list of `items` and `additionalItems`. */
export function itemsCheck(place: Place): Check {
  const { items, additionalItems } = place.schema
  const isOlder = Array.isArray(items)
  const first = listOf(place, isOlder ? 'items' : 'prefixItems', 'child')
  const restSchema = isOlder ? additionalItems : items
  const rest =
    restSchema === undefined
      ? undefined
      : place.child(restSchema, isOlder ? 'additionalItems' : 'items')
  return (value, run) => {
    if (!Array.isArray(value)) return
    for (const [i, item] of value.entries()) {
      const check = first[i] ?? rest
      if (check !== undefined) run.child(i, item, check)
    }
  }
}

/** `minItems`, `maxItems`, `uniqueItems`. */
export function lengthCheck(place: Place): Check {
  const min = numberOf(place, 'minItems', true) ?? 0
  const max = numberOf(place, 'maxItems', true) ?? Infinity
  const unique = place.schema['uniqueItems'] ?? false
  const isUnique =
    typeof unique === 'boolean' ? unique : place.refuse('`uniqueItems` must be true or false')
  return (value, run) => {
    if (!Array.isArray(value)) return
    const { length } = value
    if (length < min) run.report('too_small', `Input should have at least ${min} items`, value)
    if (length > max) run.report('too_big', `Input should have at most ${max} items`, value)
    if (isUnique) reportRepeated(value, run)
  }
}

function reportRepeated(value: readonly unknown[], run: Run): void {
  const seen = new Set<string>()
  for (const [i, item] of value.entries()) {
    const text = canonicalJson(item)
    if (seen.has(text)) run.report('not_unique', 'Items should be unique', item, i)
    seen.add(text)
  }
}

/** `contains` with `minContains` and `maxContains`. */
export function containsCheck(place: Place): Check {
  const wanted = place.child(place.schema['contains'], 'contains')
  const min = numberOf(place, 'minContains', true) ?? 1
  const max = numberOf(place, 'maxContains', true) ?? Infinity
  return (value, run) => {
    if (!Array.isArray(value)) return
    const count = value.filter((item) => run.fits(item, wanted)).length
    if (count < min) run.report('too_small', `At least ${min} items should fit \`contains\``, value)
    if (count > max) run.report('too_big', `At most ${max} items should fit \`contains\``, value)
  }
}
