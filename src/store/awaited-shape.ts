import {
  integer,
  list,
  nullable,
  oneOf,
  record,
  required,
  shape,
  text,
  textOr,
} from '../codec/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'

/** The calls that wait, as payloads and exported documents hold them. */
export const awaitedCalls = list(
  shape<AwaitedCall>({
    toolCallId: required('toolCallId', text),
    index: required('index', integer),
    toolName: required('toolName', text),
    args: nullable('args', textOr(record)),
    awaits: required('awaits', oneOf('approval', 'answer')),
    metadata: nullable('metadata', record),
    deadline: nullable('deadline', integer),
    path: required('path', list(text)),
    agentName: nullable('agentName', text),
  }),
)
