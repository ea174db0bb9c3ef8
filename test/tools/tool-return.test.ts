import { describe, expect, it } from 'vitest'
import { isToolReturn, toolReturn } from '../../src/tools/index.ts'

describe('toolReturn', () => {
  it('carries a value, content for the model and metadata for the application', () => {
    const made = toolReturn({ value: 1, content: 'Look:', metadata: { took: 3 } })
    expect(made).toMatchObject({
      kind: 'tool-return',
      returnValue: 1,
      content: 'Look:',
      metadata: { took: 3 },
    })
    expect(toolReturn({ value: 1 })).toMatchObject({ content: null, metadata: null })
  })

  it('is plain data on the wire', () => {
    expect(JSON.parse(JSON.stringify(toolReturn({ value: [1] })))).toEqual({
      kind: 'tool-return',
      returnValue: [1],
      content: null,
      metadata: null,
    })
  })

  it('is recognised by its brand and not by its looks', () => {
    const made = toolReturn({ value: 1 })
    expect(isToolReturn(made)).toBe(true)
    expect(isToolReturn({ ...made })).toBe(true)
    expect(
      isToolReturn({ kind: 'tool-return', returnValue: 1, content: null, metadata: null }),
    ).toBe(false)
    for (const other of [null, undefined, 1, 'tool-return', []])
      expect(isToolReturn(other)).toBe(false)
  })
})
