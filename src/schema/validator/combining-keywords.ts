import { bestBranch, isWrongTag } from '../best-branch.ts'
import type { Check, Run } from './check.ts'
import { listOf, type Place } from './place.ts'

/** `$ref`, to places of the same schema only. */
export function referenceCheck(place: Place): Check {
  const pointer = place.schema['$ref']
  if (typeof pointer !== 'string') return place.refuse('`$ref` must be a string')
  return place.reference(pointer)
}

export function allOfCheck(place: Place): Check {
  const checks = branches(place, 'allOf')
  return (value, run) => {
    for (const check of checks) check(value, run)
  }
}

export function anyOfCheck(place: Place): Check {
  const checks = branches(place, 'anyOf')
  return (value, run) => {
    const forks = checks.map((check) => run.fork(value, check, true))
    const fitting = forks.filter((fork) => fork.issues.length === 0)
    for (const fork of fitting) run.adopt(fork)
    if (fitting.length === 0) reportNone(value, run, checks, forks)
  }
}

export function oneOfCheck(place: Place): Check {
  const checks = branches(place, 'oneOf')
  return (value, run) => {
    const forks = checks.map((check) => run.fork(value, check, true))
    const [only, second] = forks.filter((fork) => fork.issues.length === 0)
    if (only === undefined) reportNone(value, run, checks, forks)
    else if (second === undefined) run.adopt(only)
    else run.report('invalid_union', 'Input should fit only one of the options', value)
  }
}

/** Looks again, and fully, at the options that no tag rules out, as quick forks know one issue only. */
function reportNone(
  value: unknown,
  run: Run,
  checks: readonly Check[],
  forks: readonly Run[],
): void {
  const issues = forks.map((fork, i) => {
    const check = checks[i]
    const isDone = run.isQuick || fork.issues.some(isWrongTag(run.at))
    return check === undefined || isDone ? fork.issues : run.fork(value, check, false).issues
  })
  run.issues.push(...bestBranch(issues, [...run.at], value))
}

export function notCheck(place: Place): Check {
  const unwanted = place.here(place.schema['not'], 'not')
  return (value, run) => {
    if (!run.fits(value, unwanted)) return
    run.report('not_allowed', 'Input is of a kind that is not allowed', value)
  }
}

/** `if` with `then` and `else`. */
export function conditionCheck(place: Place): Check {
  const { if: condition, then: whenTrue = true, else: whenFalse = true } = place.schema
  const test = place.here(condition, 'if')
  const thenCheck = place.here(whenTrue, 'then')
  const elseCheck = place.here(whenFalse, 'else')
  return (value, run) => {
    const fork = run.fork(value, test, true)
    if (fork.issues.length > 0) return elseCheck(value, run)
    run.adopt(fork)
    thenCheck(value, run)
  }
}

function branches(place: Place, keyword: string): readonly Check[] {
  const checks = listOf(place, keyword, 'here')
  return checks.length > 0 ? checks : place.refuse(`\`${keyword}\` must not be empty`)
}
