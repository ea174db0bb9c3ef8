import { type Codec, data, jsonOf, object, oneOf, text, variants } from '../codec/index.ts'
import type { ModelResponse } from '../messages/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import {
  content,
  count,
  deferredToolResults,
  flag,
  messages,
  orNull,
  request,
  response,
} from './parts.ts'

/** A node as it is saved: a response that the log holds is told by its place there. */
export type SavedNode =
  | Exclude<NodeOrEnd, { readonly kind: 'call-tools' }>
  | (Omit<Extract<NodeOrEnd, { readonly kind: 'call-tools' }>, 'response'> & {
      readonly response: Extract<NodeOrEnd, { readonly kind: 'call-tools' }>['response'] | LogPlace
    })

/** A message by its place in the log. */
export interface LogPlace {
  readonly logIndex: number
}

export function isLogPlace(value: object): value is LogPlace {
  return 'logIndex' in value
}

const logPlace = object({ logIndex: count }, {})

const codecFor = (value: unknown): Codec<ModelResponse> | Codec<LogPlace> =>
  typeof value === 'object' && value !== null && isLogPlace(value) ? logPlace : response

const responseOrPlace: Codec<ModelResponse | LogPlace> = {
  read: (value, place) => codecFor(value).read(value, place),
  json: (value, place) => jsonOf(codecFor(value), value, place),
}

const userPrompt = withCompletion(
  object({ kind: oneOf('user-prompt'), userPrompt: orNull(content) }, { deferredToolResults }),
)

const modelRequest = withCompletion(
  object(
    { kind: oneOf('model-request'), request },
    {
      isResent: flag,
      suspended: response,
      enqueued: object({ enqueueId: text, before: messages }, {}),
    },
  ),
)

const callTools = withCompletion(
  object(
    { kind: oneOf('call-tools'), response: responseOrPlace },
    { deferredToolResults, userPrompt: content },
  ),
)

const end = withCompletion(
  object(
    {
      kind: oneOf('end'),
      data: object({ output: data, toolName: orNull(text), toolCallId: orNull(text) }, {}),
    },
    {},
  ),
)

/** What is done next. Who it belongs to and its visit are said by the snapshot. */
export const node: Codec<SavedNode> = variants<SavedNode>(
  { wire: 'kind', memory: 'kind' },
  { 'user-prompt': userPrompt, 'model-request': modelRequest, 'call-tools': callTools, end },
)

function withCompletion<TValue>(codec: Required<Pick<Codec<TValue>, 'read' | 'write' | 'json'>>) {
  return { ...codec, complete: codec.read }
}
