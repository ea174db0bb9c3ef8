import { describe, expect, it } from 'vitest'
import {
  BinaryContent,
  DocumentUrl,
  ImageUrl,
  NativeToolCallPart,
  RetryPromptPart,
  SystemPromptPart,
  TextPart,
  ThinkingPart,
  ToolCallPart,
  ToolReturnPart,
  UploadedFile,
  type UserContent,
  UserPromptPart,
  VideoUrl,
} from '../../src/messages/index.ts'
import { at, request, response } from './calls.ts'
import { sentBody } from './google-server.ts'

const gemini3 = 'gemini-3-flash-preview'

/** The parts of a user prompt as they are sent. */
function promptParts(items: readonly UserContent[], isVertex = false): unknown {
  const messages = [request(UserPromptPart(items, at))]
  const { contents } = sentBody({ messages }, undefined, isVertex)
  return (contents as { parts: unknown }[])[0]?.parts
}

const bytes = new Uint8Array([255, 239])

describe('user content for Google', () => {
  it.each([
    {
      what: 'a public address',
      item: DocumentUrl('https://example.com/a.pdf'),
      part: {
        fileData: { file_uri: 'https://example.com/a.pdf', mime_type: 'application/pdf' },
      },
    },
    {
      what: 'a data URL',
      item: ImageUrl('data:image/png;base64,/+8='),
      part: { inlineData: { data: '_-8=', mime_type: 'image/png' } },
    },
    {
      what: 'a film and which part of it to watch',
      item: VideoUrl('https://youtu.be/x', {
        vendorMetadata: { start_offset: '5s', media_resolution: 'MEDIA_RESOLUTION_LOW' },
      }),
      part: {
        fileData: { file_uri: 'https://youtu.be/x', mime_type: 'video/mp4' },
        videoMetadata: { start_offset: '5s' },
        mediaResolution: 'MEDIA_RESOLUTION_LOW',
      },
    },
    {
      what: 'an image with what other providers read',
      item: BinaryContent(bytes, 'image/png', { vendorMetadata: { detail: 'high' } }),
      part: { inlineData: { data: '_-8=', mime_type: 'image/png' } },
    },
    {
      what: 'an uploaded file',
      item: UploadedFile('https://generativelanguage.googleapis.com/v1beta/files/a', 'google-gla', {
        mediaType: 'text/plain',
      }),
      part: {
        fileData: {
          file_uri: 'https://generativelanguage.googleapis.com/v1beta/files/a',
          mime_type: 'text/plain',
        },
      },
    },
  ])('can be $what', ({ item, part }) => {
    expect(promptParts([item])).toEqual([part])
  })

  it.each([
    { what: 'files of others', item: UploadedFile('file-1', 'openai'), isVertex: false },
    { what: 'ids of its own files', item: UploadedFile('files/1', 'google'), isVertex: false },
    {
      what: 'files that lie on no bucket',
      item: UploadedFile('https://x/1', 'google-cloud'),
      isVertex: true,
    },
  ])('cannot be $what', ({ item, isVertex }) => {
    expect(() => promptParts([item], isVertex)).toThrow(
      expect.objectContaining({ name: 'UserError' }),
    )
  })
})

describe('a conversation for Google', () => {
  it('begins with the user, even if nobody said a thing', () => {
    const empty = { role: 'user', parts: [{ text: '' }] }
    const messages = [request(SystemPromptPart('Be terse.', at)), response(TextPart('Hi'))]
    expect(sentBody({ messages })).toMatchObject({
      contents: [empty, { role: 'model', parts: [{ text: 'Hi' }] }],
      systemInstruction: { parts: [{ text: 'Be terse.' }] },
    })
    expect(sentBody({ messages: [] })).toMatchObject({ contents: [empty] })
  })

  it('has the user say system prompts that come late', () => {
    const messages = [
      request(SystemPromptPart('Be terse.', at), UserPromptPart('Hi', at)),
      response(TextPart('Hi')),
      request(SystemPromptPart('In French.', at), UserPromptPart('So?', at)),
    ]
    expect(sentBody({ messages })).toMatchObject({
      systemInstruction: { parts: [{ text: 'Be terse.' }] },
      contents: [
        { parts: [{ text: 'Hi' }] },
        { role: 'model' },
        { role: 'user', parts: [{ text: '<system>In French.</system>' }, { text: 'So?' }] },
      ],
    })
  })

  it('sends media in results where the model takes it, and behind them otherwise', () => {
    const image = BinaryContent(bytes, 'image/png', { identifier: 'i1' })
    const sound = BinaryContent(bytes, 'audio/wav', { identifier: 's1' })
    const result = { toolName: 'look', toolCallId: 'c1', timestamp: at }
    const messages = [request(ToolReturnPart({ ...result, content: ['See', image, sound] }))]
    const inline = { data: '_-8=', mime_type: 'image/png' }
    expect(sentBody({ messages }, gemini3)).toMatchObject({
      contents: [
        {
          parts: [
            {
              functionResponse: {
                response: { output: [{ return_value: 'See' }, 'See file s1.'] },
                parts: [{ inline_data: inline }],
              },
            },
          ],
        },
        {
          parts: [
            { text: 'This is file s1:' },
            { inlineData: { data: '_-8=', mime_type: 'audio/wav' } },
          ],
        },
      ],
    })
    const [, behind] = sentBody({ messages })['contents'] as { parts: unknown[] }[]
    expect(behind?.parts).toHaveLength(4)
  })

  it('tells the model that a call failed', () => {
    const result = { toolName: 'look', toolCallId: 'c1', timestamp: at, outcome: 'failed' } as const
    const messages = [
      request(
        ToolReturnPart({ ...result, content: 'too dark' }),
        RetryPromptPart({ content: 'Again', toolName: 'see', toolCallId: 'c2', timestamp: at }),
      ),
    ]
    const error = 'Again\n\nFix the errors and try again.'
    expect(sentBody({ messages })).toMatchObject({
      contents: [
        {
          parts: [
            { functionResponse: { id: 'c1', name: 'look', response: { error: 'too dark' } } },
            { functionResponse: { id: 'c2', name: 'see', response: { error } } },
          ],
        },
      ],
    })
  })

  it('gives back its own signatures only, older ones with the part behind the thinking', () => {
    const own = { providerName: 'google-gla' }
    const details = { providerDetails: { thought_signature: 'a+/b' } }
    const messages = [
      response(
        ThinkingPart('', { ...own, signature: 'c+/d' }),
        TextPart('one'),
        TextPart('two', { ...own, ...details }),
        TextPart('three', { providerName: 'google-vertex', ...details }),
      ),
    ]
    expect(sentBody({ messages })).toMatchObject({
      contents: [
        {},
        {
          parts: [
            { text: 'one', thoughtSignature: 'c-_d' },
            { text: 'two', thoughtSignature: 'a-_b' },
            { text: 'three' },
          ],
        },
      ],
    })
  })

  it('gives back what Google listed of its tools, and not what was told from metadata', () => {
    const search = { toolName: 'web_search', providerName: 'google', args: { queries: ['x'] } }
    const messages = [
      response(
        NativeToolCallPart({ ...search, toolCallId: 's1' }),
        NativeToolCallPart({ ...search, toolCallId: 'pyd_ai_1' }),
        NativeToolCallPart({ ...search, toolCallId: 's2', providerName: 'openai' }),
        ToolCallPart({ toolName: 'look', toolCallId: 'c1', args: '{"a":1}' }),
      ),
    ]
    const args = { queries: ['x'] }
    const listed = { toolCall: { id: 's1', tool_type: 'GOOGLE_SEARCH_WEB', args } }
    const call = { functionCall: { id: 'c1', name: 'look', args: { a: 1 } } }
    expect(sentBody({ messages }, gemini3)).toMatchObject({
      contents: [{}, { parts: [listed, call] }],
    })
    expect(sentBody({ messages })).toMatchObject({ contents: [{}, { parts: [call] }] })
  })

  it('goes on with a paused answer by its token', () => {
    const paused = response(TextPart('Half'))
    const details = { providerDetails: { continuation_token: 't1' }, state: 'suspended' } as const
    const messages = [request(UserPromptPart('Write', at)), { ...paused, ...details }]
    expect(sentBody({ messages })).toMatchObject({
      contents: [{ role: 'user', parts: [{ text: 'Write' }] }],
      continuationToken: 't1',
    })
  })
})
