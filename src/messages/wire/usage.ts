import {
  decimalFromNumber,
  emptyRequestUsage,
  isDecimal,
  type RequestUsage,
  type RunUsage,
} from '../../usage/index.ts'
import {
  type Codec,
  type Complete,
  integer,
  isRecord,
  nullable,
  type Place,
  type Shape,
  shape,
  usually,
} from '../../codec/index.ts'

type Counters = Readonly<Record<string, number>>

const count = { ...integer, complete: finite }

const decimal: Codec<string> = {
  read(value, place) {
    if (typeof value === 'string' && isDecimal(value)) return value
    if (typeof value === 'number' && Number.isFinite(value)) return decimalFromNumber(value)
    throw place.refusal('Expected a decimal')
  },
  complete: (value, place) => decimal.read(value, place),
}

const details: Codec<Counters> = {
  read(value, place) {
    if (value === null) return emptyRequestUsage.details
    if (!isRecord(value)) throw place.refusal('Expected an object')
    const counters = Object.entries(value)
    for (const [key, each] of counters) {
      place.path.push(key)
      finite(each, place)
      place.path.pop()
    }
    return numericFields(value, noKeys)
  },
}

const requestFields = {
  inputTokens: counter('input_tokens', 'request_tokens'),
  cacheWriteTokens: counter('cache_write_tokens'),
  cacheReadTokens: counter('cache_read_tokens'),
  outputTokens: counter('output_tokens', 'response_tokens'),
  inputAudioTokens: counter('input_audio_tokens'),
  cacheAudioReadTokens: counter('cache_audio_read_tokens'),
  outputAudioTokens: counter('output_audio_tokens'),
  details: {
    ...usually('details', details, emptyRequestUsage.details),
    isUnsaid: (held: unknown) => isRecord(held) && Object.keys(held).length === 0,
  },
  cost: nullable('cost', decimal),
}
const runFields = {
  ...requestFields,
  requests: counter('requests'),
  toolCalls: counter('tool_calls'),
}

const noKeys: ReadonlySet<string> = new Set()
/** Fields that are no extras, because they have a name, had one, or are the sum of others. */
const requestKeys = knownKeys(requestFields, ['requests', 'total_tokens'])
const runKeys = knownKeys(runFields, ['total_tokens'])

export const requestCounters = shape<Omit<RequestUsage, 'extra'>>(
  requestFields,
  quickUsage,
  wholeUsage,
)
export const requestUsage = withExtra(requestCounters, requestKeys)
export const runUsage = withExtra(shape<Omit<RunUsage, 'extra'>>(runFields), runKeys)

/** See `quick-parts.ts`. */
function quickUsage(
  fields: Readonly<Record<string, unknown>>,
  place: Place,
): Omit<RequestUsage, 'extra'> | undefined {
  const {
    input_tokens: inputTokens = 0,
    cache_write_tokens: cacheWriteTokens = 0,
    cache_read_tokens: cacheReadTokens = 0,
    output_tokens: outputTokens = 0,
    input_audio_tokens: inputAudioTokens = 0,
    cache_audio_read_tokens: cacheAudioReadTokens = 0,
    output_audio_tokens: outputAudioTokens = 0,
    details: given,
    cost = null,
  } = fields
  const isPlain =
    isInteger(inputTokens) &&
    isInteger(cacheWriteTokens) &&
    isInteger(cacheReadTokens) &&
    isInteger(outputTokens) &&
    isInteger(inputAudioTokens) &&
    isInteger(cacheAudioReadTokens) &&
    isInteger(outputAudioTokens) &&
    (cost === null || (typeof cost === 'string' && isDecimal(cost)))
  const isOld = fields['request_tokens'] !== undefined || fields['response_tokens'] !== undefined
  if (!isPlain || isOld) return undefined
  place.path.push('details')
  const read = given === undefined ? emptyRequestUsage.details : details.read(given, place)
  place.path.pop()
  return {
    inputTokens,
    cacheWriteTokens,
    cacheReadTokens,
    outputTokens,
    inputAudioTokens,
    cacheAudioReadTokens,
    outputAudioTokens,
    details: read,
    cost,
  }
}

/** Usage as models commonly give it, filled in. */
function wholeUsage(given: Readonly<Record<string, unknown>>): object | undefined {
  const { inputTokens = 0, cacheReadTokens = 0, outputTokens = 0 } = given
  const isPlain = isInteger(inputTokens) && isInteger(cacheReadTokens) && isInteger(outputTokens)
  return isPlain && Object.keys(given).every((key) => common.has(key))
    ? { ...emptyRequestUsage, inputTokens, cacheReadTokens, outputTokens }
    : undefined
}

const common: ReadonlySet<string> = new Set(['inputTokens', 'cacheReadTokens', 'outputTokens'])

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** Adds the numbers that have no name here: kept behind all others. */
function withExtra<T extends object>(
  counters: Shape<T>,
  known: ReadonlySet<string>,
): Complete<T & { readonly extra?: Counters }> & Required<Pick<Codec<T>, 'json'>> {
  return {
    read(value, place) {
      const usage = counters.read(value, place)
      const extra = isRecord(value) ? numericFields(value, known) : emptyRequestUsage.details
      return Object.freeze(isEmpty(extra) ? usage : { ...usage, extra })
    },
    write: (value, place) => withExtraOf(value, counters.write(value, place)),
    json: (value, place) =>
      hasExtra(value)
        ? JSON.stringify(withExtraOf(value, counters.write(value, place)))
        : counters.json(value, place),
    brief: (value, place) => withExtraOf(value, counters.brief(value, place)),
    complete(value, place) {
      const usage = counters.complete(value, place)
      if (usage === value) return usage
      const extra = isRecord(value) ? value['extra'] : undefined
      return Object.freeze(
        isRecord(extra) ? { ...usage, extra: numericFields(extra, noKeys) } : usage,
      )
    },
  }
}

function withExtraOf(value: unknown, written: Record<string, unknown>): Record<string, unknown> {
  return hasExtra(value) ? { ...written, ...value.extra } : written
}

function hasExtra(value: unknown): value is { readonly extra: Readonly<Record<string, unknown>> } {
  return isRecord(value) && isRecord(value['extra'])
}

function numericFields(
  value: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): Counters {
  let numbers: [string, number][] | null = null
  for (const key of Object.keys(value)) {
    const each = value[key]
    if (typeof each !== 'number' || known.has(key)) continue
    numbers ??= []
    numbers.push([key, each])
  }
  return numbers === null ? emptyRequestUsage.details : Object.freeze(Object.fromEntries(numbers))
}

function counter(wire: string, ...aliases: readonly string[]) {
  return usually(wire, count, 0, ...aliases)
}

function finite(value: unknown, place: Place): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw place.refusal('Expected a number')
}

function knownKeys(
  fields: Readonly<Record<string, { readonly wire: string; readonly aliases: readonly string[] }>>,
  further: readonly string[],
): ReadonlySet<string> {
  const names = Object.values(fields).flatMap(({ wire, aliases }) => [wire, ...aliases])
  return new Set([...names, ...further])
}

function isEmpty(counters: Counters): boolean {
  return counters === emptyRequestUsage.details
}
