import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../src/errors/index.ts'
import {
  AudioUrl,
  BinaryContent,
  bytesOf,
  CachePoint,
  completeMessage,
  completeMessages,
  completeRequest,
  completeResponse,
  completeUserContent,
  DocumentUrl,
  generateToolCallId,
  ImageUrl,
  type ModelMessageInput,
  standardBase64Of,
  UploadedFile,
  userContentToWire,
  VideoUrl,
} from '../../src/messages/index.ts'
import { answers, request, response, result, said, text } from './histories.ts'

const now = '2026-01-02T03:04:05Z'

describe('completing', () => {
  it('fills in what a response left out', () => {
    const completed = completeResponse(
      {
        parts: [
          { partKind: 'text', content: 'hi' },
          { partKind: 'tool-call', toolName: 't' },
        ],
      },
      now,
    )
    expect(completed).toEqual({
      parts: [
        { content: 'hi', id: null, providerName: null, providerDetails: null, partKind: 'text' },
        {
          ...answers(expect.stringMatching(/^pyd_ai_[\da-f]{32}$/)),
          args: null,
        },
      ],
      usage: expect.objectContaining({ inputTokens: 0, cost: null }),
      modelName: null,
      timestamp: now,
      kind: 'response',
      providerName: null,
      providerUrl: null,
      providerDetails: null,
      providerResponseId: null,
      finishReason: null,
      runId: null,
      conversationId: null,
      metadata: null,
      state: 'complete',
    })
    expect(Object.keys(completed)[0]).toBe('parts')
  })

  it('gives parts the time, but not the request that holds them', () => {
    const completed = completeRequest({ parts: [{ partKind: 'user-prompt', content: 'x' }] }, now)
    expect(completed).toMatchObject({ timestamp: null, parts: [{ timestamp: now }] })
  })

  it('fills in usage and turns its cost into a decimal', () => {
    const { usage } = completeResponse({ parts: [], usage: { inputTokens: 5, cost: 0.5 } }, now)
    expect(usage).toMatchObject({ inputTokens: 5, outputTokens: 0, details: {}, cost: '0.5' })
  })

  it.each([said('x'), request(result('a')), response(text, answers('a'))])(
    'gives a complete $kind back as it is',
    (message) => {
      expect(completeMessage(message, now)).toBe(message)
    },
  )

  it('keeps complete parts of an incomplete message', () => {
    const [part] = said('x').parts
    expect(completeRequest({ parts: part === undefined ? [] : [part] }, now).parts[0]).toBe(part)
  })

  it('completes what stands inside of a user prompt', () => {
    const completed = completeRequest(
      {
        parts: [
          {
            partKind: 'user-prompt',
            content: ['see', { kind: 'image-url', url: 'https://x.test/a.png' }],
          },
        ],
      },
      now,
    )
    expect(completed.parts[0]).toHaveProperty('content', ['see', ImageUrl('https://x.test/a.png')])
  })

  it('refuses parts of no kind and parts that lack what has no default', () => {
    const wrong: ModelMessageInput = JSON.parse('{"kind":"request","parts":[{"partKind":"text"}]}')
    expect(() => completeMessage(wrong, now)).toThrow(ValidationError)
    const empty: ModelMessageInput = JSON.parse('{"kind":"response","parts":[{"partKind":"text"}]}')
    expect(() => completeMessage(empty, now)).toThrow(
      'The field `content` is missing (at parts[0])',
    )
  })
})

describe('completing a history', () => {
  const bad = (json: string): readonly ModelMessageInput[] => JSON.parse(json)

  it.each([
    [
      '[{"kind":"request","parts":[]},{"kind":"request","parts":[{"partKind":"x"}]}]',
      '[1].parts[0].partKind',
    ],
    ['[{"kind":"response","parts":[]},{"kind":"response","parts":[{}]}]', '[1].parts[0].partKind'],
    ['[{"kind":"system","parts":[]}]', '[0].kind'],
    ['[{"parts":[]}]', '[0].kind'],
    ['[null]', '[0]'],
    ['[{"kind":"response"}]', '[0]'],
  ])('names the place in %s', (json, place) => {
    const complete = () => completeMessages(bad(json), now)
    expect(complete).toThrow(ValidationError)
    expect(complete).toThrow(`(at messageHistory${place})`)
  })

  it('calls the history as it is told', () => {
    expect(() => completeMessages(bad('[1]'), now, 'history')).toThrow('(at history[0])')
  })

  it.each([
    ['"[]"', 'messagesFromJson(text)'],
    ['{}', 'result.allMessages()'],
    ['null', 'result.allMessages()'],
  ])('refuses %s and says what to pass', (json, hint) => {
    expect(() => completeMessages(bad(json), now)).toThrow('Expected an array of messages')
    expect(() => completeMessages(bad(json), now)).toThrow(hint)
  })

  it('keeps complete messages in a new array', () => {
    const history = [said('x')]
    const completed = completeMessages(history, now)
    expect(completed[0]).toBe(history[0])
    expect(completed).not.toBe(history)
  })
})

describe('media', () => {
  it.each([
    ['https://x.test/a.png', 'image/png'],
    ['https://x.test/a.JPG?size=1#top', 'image/jpeg'],
    ['https://x.test/v1.5/picture', null],
    ['https://x.md', null],
    ['data:image/webp;base64,AAAA', 'image/webp'],
  ])('the type of %s is %s', (url, expected) => {
    expect(ImageUrl(url).mediaType).toBe(expected)
  })

  it('takes YouTube for video', () => {
    expect(VideoUrl('https://youtu.be/abc').mediaType).toBe('video/mp4')
    expect(VideoUrl('https://www.youtube.com/watch?v=abc').mediaType).toBe('video/mp4')
    expect(VideoUrl('https://notyoutube.com/watch').mediaType).toBeNull()
  })

  it.each([
    { what: 'image URL', content: ImageUrl('https://x.test/a') },
    { what: 'audio URL', content: AudioUrl('https://x.test/a') },
    { what: 'video URL', content: VideoUrl('https://x.test/a') },
    { what: 'document URL', content: DocumentUrl('https://x.test/a') },
  ])('an $what without type is refused when written', ({ what, content }) => {
    expect(() => userContentToWire(content)).toThrow(
      `Could not infer media type from ${what}: https://x.test/a. Explicitly provide a \`media_type\` instead.`,
    )
  })

  it('is complete when made by its factory', () => {
    for (const content of [ImageUrl('https://x.test/a'), UploadedFile('f', 'p'), CachePoint()]) {
      expect(completeUserContent(content)).toBe(content)
    }
  })

  it('takes base64 in either alphabet, padded or not, and gives it back in both', () => {
    const bytes = Uint8Array.of(255, 254, 253, 251)
    for (const data of [bytes, '//79+w==', '//79+w', '__79-w']) {
      const content = BinaryContent(data, 'image/png')
      expect(content.data).toBe('__79-w==')
      expect(standardBase64Of(content)).toBe('//79+w==')
      expect(bytesOf(content)).toEqual(bytes)
    }
    expect(() => BinaryContent('a', 'image/png')).toThrow(ValidationError)
  })

  it('is named after its bytes, whatever the spelling', () => {
    const named = completeUserContent({ kind: 'binary', data: '//79+w', mediaType: 'image/png' })
    expect(named).toEqual(BinaryContent('__79-w==', 'image/png'))
  })

  it('falls back on a type for uploaded files', () => {
    expect(UploadedFile('file-abc', 'openai')).toMatchObject({
      mediaType: 'application/octet-stream',
      identifier: 'a40aeb',
    })
  })
})

describe('generateToolCallId', () => {
  it('never gives the same id twice', () => {
    const made = Array.from({ length: 1000 }, generateToolCallId)
    expect(new Set(made).size).toBe(1000)
    expect(made.every((id) => /^pyd_ai_[\da-f]{32}$/.test(id))).toBe(true)
  })
})
