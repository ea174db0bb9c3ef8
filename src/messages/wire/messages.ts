import { emptyRequestUsage } from '../../usage/index.ts'
import type { ModelMessage, ModelRequest, ModelResponse } from '../message.ts'
import {
  constant,
  defaulting,
  list,
  nullable,
  oneOf,
  record,
  recurring,
  required,
  said,
  shape,
  text,
  timestamp,
  unsaid,
  usually,
  variants,
} from '../../codec/index.ts'
import { requestPart, responsePart } from './parts.ts'
import { quickRequest, quickResponse, wholeResponse } from './quick-messages.ts'
import { requestUsage } from './usage.ts'

const runFields = {
  runId: unsaid(nullable('run_id', recurring)),
  conversationId: unsaid(nullable('conversation_id', recurring)),
  metadata: nullable('metadata', record),
}

export const request = shape<ModelRequest>(
  {
    parts: required('parts', list(requestPart)),
    timestamp: nullable('timestamp', timestamp),
    instructions: unsaid(nullable('instructions', recurring)),
    kind: constant('kind', 'request'),
    ...runFields,
    state: usually('state', oneOf('complete', 'interrupted'), 'complete'),
  },
  quickRequest,
)

export const response = shape<ModelResponse>(
  {
    parts: required('parts', list(responsePart)),
    usage: said(usually('usage', requestUsage, emptyRequestUsage)),
    modelName: nullable('model_name', recurring),
    timestamp: defaulting('timestamp', timestamp, (place) => place.now),
    kind: constant('kind', 'response'),
    providerName: nullable('provider_name', recurring),
    providerUrl: nullable('provider_url', recurring),
    providerDetails: nullable('provider_details', record, 'vendor_details'),
    providerResponseId: nullable('provider_response_id', text, 'vendor_id'),
    finishReason: nullable(
      'finish_reason',
      oneOf('stop', 'length', 'content_filter', 'tool_call', 'error'),
    ),
    ...runFields,
    state: usually(
      'state',
      oneOf('complete', 'incomplete', 'suspended', 'interrupted'),
      'complete',
    ),
  },
  quickResponse,
  wholeResponse,
)

/** The two kinds of message by their `kind`. */
export const message = variants<ModelMessage>(
  { wire: 'kind', memory: 'kind' },
  { request, response },
)
/** A history. */
export const messages = list(message)
