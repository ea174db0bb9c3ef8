import { describe, expect, it } from 'vitest'
import { CallToolsNode, End, ModelRequestNode, UserPromptNode } from '../../src/nodes/index.ts'
import { completeRequest, completeResponse } from '../../src/messages/index.ts'

const request = completeRequest({ parts: [] }, '2025-01-02T03:04:05Z')
const response = completeResponse({ parts: [] }, '2025-01-02T03:04:05Z')
const data = { output: 1, toolName: null, toolCallId: null }

const cases = [
  { factory: UserPromptNode, node: UserPromptNode('Hi'), kind: 'user-prompt' },
  { factory: ModelRequestNode, node: ModelRequestNode(request), kind: 'model-request' },
  { factory: CallToolsNode, node: CallToolsNode(response), kind: 'call-tools' },
  { factory: End, node: End(data), kind: 'end' },
] as const

describe('nodes', () => {
  it.each(cases)('$kind is plain data that belongs to no run yet', ({ node, kind }) => {
    expect(node.kind).toBe(kind)
    expect(node).not.toHaveProperty('runId')
    expect(node).not.toHaveProperty('visit')
    expect(JSON.parse(JSON.stringify(node))).toEqual(node)
  })

  it.each(cases)('$kind is known to its own factory only', ({ factory, node }) => {
    expect(factory.is(node)).toBe(true)
    const others = cases.filter((other) => other.factory !== factory)
    for (const other of others) expect(other.factory.is(node)).toBe(false)
    for (const value of [null, undefined, 'end', 7, [], {}]) expect(factory.is(value)).toBe(false)
  })

  it('a prompt may bring the answers to calls of an earlier run', () => {
    expect(UserPromptNode(null, { calls: { a: 1 } })).toEqual({
      kind: 'user-prompt',
      userPrompt: null,
      deferredToolResults: { calls: { a: 1 } },
    })
  })
})
