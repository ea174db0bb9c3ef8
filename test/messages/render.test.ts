import { describe, expect, it } from 'vitest'
import {
  callArguments,
  ImageUrl,
  responseText,
  responseThinking,
  retryPromptText,
  TextPart,
  ThinkingPart,
  toolReturnMedia,
  toolReturnObject,
  toolReturnText,
} from '../../src/messages/index.ts'
import { answers } from './histories.ts'

const image = ImageUrl('https://x.test/a.png')

describe('callArguments', () => {
  it.each([
    { args: null, expected: {} },
    { args: '', expected: {} },
    { args: '{"a":1}', expected: { a: 1 } },
    { args: { a: 1 }, expected: { a: 1 } },
    { args: '{"a":', expected: { INVALID_JSON: '{"a":' } },
    { args: '[1]', expected: { INVALID_JSON: '[1]' } },
  ])('makes $expected of $args', ({ args, expected }) => {
    expect(callArguments({ args })).toEqual(expected)
  })
})

describe('what a model reads of a result', () => {
  it.each([
    { content: 'ok', text: 'ok', object: { return_value: 'ok' } },
    { content: null, text: '', object: {} },
    { content: 5, text: '5', object: { return_value: 5 } },
    { content: [], text: '', object: { return_value: [] } },
    { content: {}, text: '{}', object: {} },
    { content: { a: [1, null] }, text: '{"a":[1,null]}', object: { a: [1, null] } },
    {
      content: { at: new Date(0) },
      text: '{"at":"1970-01-01T00:00:00Z"}',
      object: { at: '1970-01-01T00:00:00Z' },
    },
    { content: image, text: '', object: {} },
    { content: ['here', image], text: 'here', object: { return_value: 'here' } },
    { content: [1, image, 2], text: '[1,2]', object: { return_value: [1, 2] } },
  ])('is "$text" for $content', ({ content, text, object }) => {
    expect(toolReturnText({ content, outcome: 'success' })).toBe(text)
    expect(toolReturnObject({ content, outcome: 'success' })).toEqual(object)
  })

  it('is an error when the tool failed', () => {
    const failed = { content: 'File not found.', outcome: 'failed' } as const
    expect(toolReturnText(failed)).toBe('{"error":"File not found."}')
    expect(toolReturnObject(failed)).toEqual({ error: 'File not found.' })
  })

  it('leaves media to be sent by other means', () => {
    expect(toolReturnMedia({ content: ['here', image] })).toEqual([image])
    expect(toolReturnMedia({ content: image })).toEqual([image])
    expect(toolReturnMedia({ content: 'x' })).toEqual([])
  })
})

describe('retryPromptText', () => {
  const error = {
    type: 'missing',
    loc: ['a'],
    msg: 'Field required',
    input: { b: 1 },
    ctx: { k: 1 },
  }

  it('tells plain feedback from feedback on a call', () => {
    expect(retryPromptText({ content: 'No.', toolName: null })).toBe(
      'Validation feedback:\nNo.\n\nFix the errors and try again.',
    )
    expect(retryPromptText({ content: 'No.', toolName: 't' })).toBe(
      'No.\n\nFix the errors and try again.',
    )
  })

  it('shows errors without context, and without what the model wrote as a whole', () => {
    const deep = { ...error, loc: ['a', 0] }
    expect(retryPromptText({ content: [error], toolName: 't' })).toContain(
      '"input": {\n      "b": 1',
    )
    expect(retryPromptText({ content: [error], toolName: 't' })).not.toContain('ctx')
    expect(retryPromptText({ content: [error], toolName: null })).not.toContain('input')
    expect(retryPromptText({ content: [deep, error], toolName: null })).toMatch(
      /^2 validation errors:\n```json\n\[\n {2}\{[^]*"input"[^]*\n\]\n```\n\nFix the errors and try again\.$/,
    )
  })
})

describe('the text of a response', () => {
  it('joins neighbours as they are and separates others by a blank line', () => {
    const parts = [TextPart('a'), TextPart('b'), answers('x'), TextPart('c')]
    expect(responseText({ parts })).toBe('ab\n\nc')
    expect(responseThinking({ parts: [ThinkingPart('a'), ThinkingPart('b')] })).toBe('a\n\nb')
  })

  it('is null when there is none', () => {
    expect(responseText({ parts: [answers('x')] })).toBeNull()
    expect(responseText({ parts: [TextPart('')] })).toBe('')
    expect(responseThinking({ parts: [] })).toBeNull()
  })
})
