import { generateToolCallId } from '../identifier.ts'
import type {
  ErrorDetails,
  RequestPart,
  RetryPromptPart,
  SystemPromptPart,
  ToolAvailabilityDeltaPart,
  ToolReturnPart,
  UserPromptPart,
} from '../request-parts.ts'
import type {
  CompactionPart,
  FilePart,
  NativeToolCallPart,
  NativeToolReturnPart,
  ResponsePart,
  SpeechPart,
  TextPart,
  ThinkingPart,
  ToolCallPart,
} from '../response-parts.ts'
import {
  type Codec,
  constant,
  data,
  defaulting,
  integer,
  isRecord,
  list,
  nullable,
  oneOf,
  type Place,
  record,
  recurring,
  required,
  said,
  type Shape,
  shape,
  text,
  textOr,
  timestamp,
  usually,
  variants,
} from '../../codec/index.ts'
import {
  quickText,
  quickThinking,
  quickToolCall,
  quickToolReturn,
  quickUserPrompt,
  wholeText,
  wholeToolCall,
} from './quick-parts.ts'
import { binaryContent, toolContent, userContent } from './user-content.ts'

const now = (place: Place): string => place.now

const toolKind = oneOf('tool-search', 'capability-load')
const outcome = oneOf('success', 'failed', 'denied', 'interrupted')

const providerFields = {
  id: nullable('id', text),
  providerName: nullable('provider_name', recurring),
  providerDetails: nullable('provider_details', record),
}

const errorDetails: Codec<ErrorDetails> = {
  read(value, place) {
    const { type, loc, msg, input } = errorShape.read(value, place)
    const error = { type, loc, msg, input }
    if (!isRecord(value)) return error
    const { ctx, url } = value
    const withContext = ctx === undefined ? error : { ...error, ctx }
    return typeof url === 'string' ? { ...withContext, url } : withContext
  },
  write(value, place) {
    const error = errorShape.write(value, place)
    if (!isRecord(value)) return error
    const { ctx, url } = value
    if (ctx !== undefined) error['ctx'] = data.write?.(ctx, place)
    if (url !== undefined) error['url'] = url
    return error
  },
}

const errorShape = shape<Pick<ErrorDetails, 'type' | 'loc' | 'msg' | 'input'>>({
  type: required('type', text),
  loc: required('loc', list(textOr(integer))),
  msg: required('msg', text),
  input: nullable('input', data),
})

const systemPrompt = shape<SystemPromptPart>({
  content: required('content', text),
  timestamp: defaulting('timestamp', timestamp, now),
  dynamicRef: nullable('dynamic_ref', text),
  partKind: constant('part_kind', 'system-prompt'),
})

const userPrompt = shape<UserPromptPart>(
  {
    content: required('content', textOr(list(userContent))),
    timestamp: defaulting('timestamp', timestamp, now),
    partKind: constant('part_kind', 'user-prompt'),
  },
  quickUserPrompt,
)

const toolReturnFields = {
  toolName: required('tool_name', recurring),
  content: required('content', toolContent),
  toolCallId: defaulting('tool_call_id', text, generateToolCallId),
  toolKind: nullable('tool_kind', toolKind),
  metadata: nullable('metadata', data),
  timestamp: defaulting('timestamp', timestamp, now),
  outcome: usually('outcome', outcome, 'success'),
}

const toolReturn = shape<ToolReturnPart>(
  {
    ...toolReturnFields,
    partKind: constant('part_kind', 'tool-return'),
  },
  quickToolReturn,
)

export const retryPrompt = shape<RetryPromptPart>({
  content: required('content', textOr(list(errorDetails))),
  toolName: nullable('tool_name', recurring),
  toolCallId: defaulting('tool_call_id', text, generateToolCallId),
  timestamp: defaulting('timestamp', timestamp, now),
  partKind: constant('part_kind', 'retry-prompt'),
})

const toolAvailabilityDelta = shape<ToolAvailabilityDeltaPart>({
  toolsAdded: defaulting('tools_added', list(text), () => [], 'added'),
  toolCallId: nullable('tool_call_id', text),
  partKind: constant('part_kind', 'tool-availability-delta'),
})

const textPart = shape<TextPart>(
  {
    content: required('content', text),
    ...providerFields,
    partKind: constant('part_kind', 'text'),
  },
  quickText,
  wholeText,
)

const thinking = shape<ThinkingPart>(
  {
    content: required('content', text),
    id: providerFields.id,
    signature: nullable('signature', text),
    providerName: providerFields.providerName,
    providerDetails: providerFields.providerDetails,
    partKind: constant('part_kind', 'thinking'),
  },
  quickThinking,
)

const toolCallFields = {
  toolName: required('tool_name', recurring),
  args: nullable('args', textOr(record)),
  toolCallId: defaulting('tool_call_id', text, generateToolCallId),
  toolKind: nullable('tool_kind', toolKind),
  ...providerFields,
}

export const toolCall = shape<ToolCallPart>(
  {
    ...toolCallFields,
    partKind: constant('part_kind', 'tool-call'),
  },
  quickToolCall,
  wholeToolCall,
)

const nativeToolCall = shape<NativeToolCallPart>({
  ...toolCallFields,
  partKind: constant('part_kind', 'builtin-tool-call'),
})

const nativeToolReturn = shape<NativeToolReturnPart>({
  ...toolReturnFields,
  providerName: providerFields.providerName,
  providerDetails: providerFields.providerDetails,
  partKind: constant('part_kind', 'builtin-tool-return'),
})

const compaction = shape<CompactionPart>({
  content: said(nullable('content', text)),
  ...providerFields,
  partKind: constant('part_kind', 'compaction'),
})

const file = shape<FilePart>({
  content: required('content', binaryContent),
  ...providerFields,
  partKind: constant('part_kind', 'file'),
})

const tag = { wire: 'part_kind', memory: 'partKind' }

export const requestKinds = {
  'system-prompt': systemPrompt,
  'user-prompt': userPrompt,
  'tool-return': toolReturn,
  'retry-prompt': retryPrompt,
  'tool-availability-delta': toolAvailabilityDelta,
  speech: speech('user', 'ModelRequest'),
}

export const responseKinds = {
  text: textPart,
  thinking,
  'tool-call': toolCall,
  'builtin-tool-call': nativeToolCall,
  'builtin-tool-return': nativeToolReturn,
  compaction,
  file,
  speech: speech('assistant', 'ModelResponse'),
}

export const requestPart = variants<RequestPart>(tag, requestKinds)
export const responsePart = variants<ResponsePart>(tag, responseKinds)
/** For writing: a part of a message of either kind. */
export const anyPart = variants<RequestPart | ResponsePart>(tag, {
  ...requestKinds,
  ...responseKinds,
})

function speech(expected: SpeechPart['speaker'], message: string): Shape<SpeechPart> {
  const speakers = oneOf('user', 'assistant')
  const speaker: Codec<SpeechPart['speaker']> = {
    read(value, place) {
      const given = speakers.read(value, place)
      if (given === expected) return given
      throw place.refusal(
        `\`SpeechPart\` in \`${message}.parts\` must have \`speaker='${expected}'\`, got '${given}'`,
      )
    },
    complete: (value, place) => speaker.read(value, place),
  }
  return shape<SpeechPart>({
    speaker: required('speaker', speaker),
    transcript: nullable('transcript', text),
    audio: nullable('audio', binaryContent),
    interruptedAtMs: nullable('interrupted_at_ms', integer),
    ...providerFields,
    partKind: constant('part_kind', 'speech'),
  })
}
