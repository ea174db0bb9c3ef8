import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BinaryContent,
  CachePoint,
  DocumentUrl,
  messagesFromJson,
  messagesFromWire,
  messagesToJson,
  messagesToWire,
  messageToJson,
  type ModelMessage,
  TextContent,
  ToolCallPart,
  ToolReturnPart,
  UploadedFile,
  type UserContent,
  usageFromWire,
  UserPromptPart,
} from '../../src/messages/index.ts'
import { request, response, text } from './histories.ts'

const timestamp = '2026-01-02T03:04:05.678901Z'
/** JSON has no negative zero. */
const data = fc
  .jsonValue({ maxDepth: 3 })
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
const largeIntegers = fc
  .bigInt({ min: -(2n ** 90n), max: 2n ** 90n })
  .filter((n) => n > 2n ** 53n || n < -(2n ** 53n))
const dictionary = fc.dictionary(fc.string(), fc.oneof(data, largeIntegers))
const provider = fc.record({
  id: fc.option(fc.string()),
  providerName: fc.option(fc.string()),
  providerDetails: fc.option(dictionary),
})
const userContent: fc.Arbitrary<UserContent> = fc.oneof(
  fc.string(),
  fc.tuple(fc.string(), data).map(([content, metadata]) => TextContent(content, metadata)),
  fc.uint8Array().map((bytes) => BinaryContent(bytes, 'image/png')),
  fc.webUrl().map((url) => DocumentUrl(url, { mediaType: 'text/plain' })),
  fc.string().map((id) => UploadedFile(id, 'openai')),
  fc.constantFrom(CachePoint('5m'), CachePoint('1h')),
)
const requests = fc.oneof(
  fc.array(userContent).map((content) => request(UserPromptPart(content, timestamp))),
  fc
    .tuple(fc.oneof(data, dictionary), data)
    .map(([content, metadata]) =>
      request(ToolReturnPart({ toolName: 't', content, metadata, toolCallId: 'c', timestamp })),
    ),
)
const responses = fc
  .tuple(
    provider,
    fc.option(fc.oneof(fc.string(), dictionary)),
    fc.option(dictionary),
    fc.constantFrom({}, { usage: usageFromWire({ input_tokens: 3, searches: 2 }) }),
  )
  .map(([fields, args, metadata, usage]) => ({
    ...response({ ...text, ...fields }, ToolCallPart({ toolName: 't', args, toolCallId: 'c' })),
    metadata,
    ...usage,
  }))
const histories: fc.Arbitrary<readonly ModelMessage[]> = fc.array(fc.oneof(requests, responses))

describe('a history', () => {
  it('is the same after writing and reading it', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const json = messagesToJson(history)
        expect(messagesFromJson(json)).toEqual(history)
        expect(messagesToJson(messagesFromJson(json))).toBe(json)
      }),
    )
  })

  it('is the same without a detour over text', () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(messagesFromWire(messagesToWire(history))).toEqual(history)
      }),
    )
  })

  it('is the same message by message', () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(`[${history.map((each) => messageToJson(each)).join()}]`).toBe(
          messagesToJson(history),
        )
      }),
    )
  })
})
