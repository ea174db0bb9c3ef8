import type { RetryPromptPart } from './request-parts.ts'
import type { ToolCallPart } from './response-parts.ts'
import type { UserContent, UserContentInput } from './user-content.ts'
import {
  type Codec,
  constant,
  data,
  defaulting,
  isRecord,
  list,
  nullable,
  Place,
  record,
  required,
  shape,
  text,
  textOr,
} from '../codec/index.ts'
import { retryPrompt, toolCall } from './wire/parts.ts'
import { toolContent, userContent } from './wire/user-content.ts'

/** The output of a run that ended with calls it could not settle itself. */
export interface DeferredToolRequests {
  /** Calls of external tools, to be answered from outside. */
  readonly calls: readonly ToolCallPart[]
  /** Calls that wait for a person's approval. */
  readonly approvals: readonly ToolCallPart[]
  /** What was attached when a call was put off, by call id. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Answers to {@link DeferredToolRequests}, by call id; given to the run that goes on. */
export interface DeferredToolResults {
  /** A {@link DeferredCallResult}; any other value is what the call returned. */
  readonly calls?: Readonly<Record<string, unknown>>
  /** `true` and `false` approve or deny without further words. */
  readonly approvals?: Readonly<Record<string, boolean | DeferredApproval>>
  /** Handed to the tool as `ctx.toolCallMetadata`. */
  readonly metadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** An answer that is more than a value. */
export type DeferredCallResult =
  | DeferredToolReturn
  | { readonly kind: 'tool-failed'; readonly message: string }
  | { readonly kind: 'model-retry'; readonly message: string }
  | RetryPromptPart

/** What a call returned, with more to say beside it. */
export interface DeferredToolReturn {
  readonly kind: 'tool-return'
  readonly returnValue: unknown
  /** More for the model to read, as a user prompt behind the results. */
  readonly content?: string | readonly UserContentInput[] | null
  /** For the application; the model does not see it. */
  readonly metadata?: unknown
  /** Names of tools that become available. */
  readonly tools?: unknown
}

/** What a person decided about a call. */
export type DeferredApproval =
  | {
      readonly kind: 'tool-approved'
      readonly overrideArgs?: Readonly<Record<string, unknown>> | null
    }
  | {
      readonly kind: 'tool-denied'
      /** What the model reads. Default: `The tool call was denied.` */
      readonly message?: string
    }

/** Plain data for JSON. @throws {ValidationError} when user data refers to itself */
export function deferredRequestsToWire(requests: DeferredToolRequests): unknown {
  return requestsShape.write(requests, new Place())
}

/** Takes user data over, not copied. @throws {ValidationError} naming the place of what is not as it should be */
export function deferredRequestsFromWire(value: unknown): DeferredToolRequests {
  return requestsShape.read(value, new Place())
}

/** Plain data for JSON; what is left out becomes empty. @throws {ValidationError} when user data refers to itself */
export function deferredResultsToWire(results: DeferredToolResults): unknown {
  const whole: Required<DeferredToolResults> = {
    calls: {},
    approvals: {},
    metadata: {},
    ...results,
  }
  return resultsShape.write(whole, new Place())
}

/** Takes user data over, not copied. @throws {ValidationError} naming the place of what is not as it should be */
export function deferredResultsFromWire(value: unknown): Required<DeferredToolResults> {
  return resultsShape.read(value, new Place())
}

/** Whether an answer to a call is more than the value it returned. */
export function isDeferredCallResult(value: unknown): value is DeferredCallResult {
  if (!isRecord(value)) return false
  if (value['partKind'] === 'retry-prompt') return 'content' in value && 'toolCallId' in value
  return value['kind'] === 'tool-return'
    ? 'returnValue' in value
    : isFailure(value) && typeof value['message'] === 'string'
}

const denied = 'The tool call was denied.'

/** User content that may be written before anybody completed it. */
const promptContent: Codec<UserContent> = {
  read: userContent.read,
  write: (value, place) => userContent.write(userContent.complete(value, place), place),
}

const toolReturn = shape<Required<DeferredToolReturn>>({
  returnValue: required('return_value', toolContent),
  content: nullable('content', textOr(list(promptContent))),
  metadata: nullable('metadata', data),
  tools: nullable('tools', data),
  kind: constant('kind', 'tool-return'),
})

const toolFailed = shape<Extract<DeferredCallResult, { kind: 'tool-failed' }>>({
  message: required('message', text),
  kind: constant('kind', 'tool-failed'),
})

const modelRetry = shape<Extract<DeferredCallResult, { kind: 'model-retry' }>>({
  message: required('message', text),
  kind: constant('kind', 'model-retry'),
})

const toolApproved = shape<Required<Extract<DeferredApproval, { kind: 'tool-approved' }>>>({
  overrideArgs: nullable('override_args', record),
  kind: constant('kind', 'tool-approved'),
})

const toolDenied = shape<Required<Extract<DeferredApproval, { kind: 'tool-denied' }>>>({
  message: defaulting('message', text, () => denied),
  kind: constant('kind', 'tool-denied'),
})

const callResult: Codec<unknown> = {
  read: (value, place) =>
    (codecOfTagged(value, 'part_kind', 'return_value') ?? toolContent).read(value, place),
  write: (value, place) =>
    (codecOfTagged(value, 'partKind', 'returnValue') ?? toolContent).write?.(value, place),
}

const approval: Codec<boolean | DeferredApproval> = {
  read(value, place) {
    if (typeof value === 'boolean') return value
    const kind = isRecord(value) ? value['kind'] : undefined
    if (kind === 'tool-approved') return toolApproved.read(value, place)
    if (kind === 'tool-denied') return toolDenied.read(value, place)
    throw place.refusal('Expected true, false, an approval or a denial')
  },
  write(value, place) {
    if (!isRecord(value)) return value
    return value['kind'] === 'tool-approved'
      ? toolApproved.write(value, place)
      : toolDenied.write({ ...value, message: value['message'] ?? denied }, place)
  },
}

const requestsShape = shape<DeferredToolRequests>({
  calls: defaulting('calls', list(toolCall), () => []),
  approvals: defaulting('approvals', list(toolCall), () => []),
  metadata: defaulting('metadata', byId(record), () => ({})),
})

const resultsShape = shape<Required<DeferredToolResults>>({
  calls: defaulting('calls', byId(callResult), () => ({})),
  approvals: defaulting('approvals', byId(approval), () => ({})),
  metadata: defaulting('metadata', byId(record), () => ({})),
})

/** The codec of a tagged answer; `undefined` for a plain value. The names are those of the side it is on. */
function codecOfTagged(
  value: unknown,
  partKind: string,
  returnValue: string,
): Codec<unknown> | undefined {
  if (!isRecord(value)) return undefined
  if (value[partKind] === 'retry-prompt') return retryPrompt
  if (value['kind'] === 'tool-return' && returnValue in value) return toolReturn
  if (!isFailure(value) || typeof value['message'] !== 'string') return undefined
  return value['kind'] === 'tool-failed' ? toolFailed : modelRetry
}

function isFailure(value: Readonly<Record<string, unknown>>): boolean {
  return value['kind'] === 'tool-failed' || value['kind'] === 'model-retry'
}

/** Values by call id, whatever the ids are called. */
function byId<T>(codec: Codec<T>): Codec<Readonly<Record<string, T>>> {
  const { read, write } = codec
  return {
    read: (value, place) => mapped(value, place, read),
    write: (value, place) => mapped(value, place, write ?? ((each) => each)),
  }
}

function mapped<T>(
  value: unknown,
  place: Place,
  convert: (each: unknown, place: Place) => T,
): Readonly<Record<string, T>> {
  if (!isRecord(value)) throw place.refusal('Expected an object')
  const entries = Object.entries(value).map(([id, each]): [string, T] => {
    place.path.push(id)
    const converted = convert(each, place)
    place.path.pop()
    return [id, converted]
  })
  return Object.fromEntries(entries)
}
