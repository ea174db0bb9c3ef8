import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../src/errors/index.ts'
import {
  deferredRequestsFromWire,
  deferredRequestsToWire,
  deferredResultsFromWire,
  deferredResultsToWire,
  ImageUrl,
  isDeferredCallResult,
} from '../../src/messages/index.ts'

/** Dumps of the reference. */
const requests =
  '{"calls":[{"tool_name":"ext","args":{"a":1},"tool_call_id":"e","tool_kind":null,"id":null,"provider_name":null,"provider_details":null,"part_kind":"tool-call"}],"approvals":[{"tool_name":"appr","args":"{\\"v\\":1}","tool_call_id":"a1","tool_kind":null,"id":null,"provider_name":null,"provider_details":null,"part_kind":"tool-call"}],"metadata":{"e":{"task":1}}}'
const results =
  '{"calls":{"e":{"return_value":1,"content":"extra","metadata":{"k":1},"tools":null,"kind":"tool-return"},"e2":{"message":"nope","kind":"model-retry"},"e3":{"message":"broken","kind":"tool-failed"},"e4":{"plain":1},"e5":{"content":"again","tool_name":"t","tool_call_id":"c","timestamp":"2026-01-02T03:04:05.678901Z","part_kind":"retry-prompt"}},"approvals":{"a1":true,"a2":{"override_args":{"v":7},"kind":"tool-approved"},"a3":{"message":"nah","kind":"tool-denied"},"a4":false},"metadata":{"a2":{"m":1}}}'

describe('deferred requests', () => {
  it('come back byte for byte', () => {
    const read = deferredRequestsFromWire(JSON.parse(requests))
    expect(read.calls[0]).toMatchObject({ toolName: 'ext', partKind: 'tool-call' })
    expect(JSON.stringify(deferredRequestsToWire(read))).toBe(requests)
  })
})

describe('deferred results', () => {
  it('come back byte for byte', () => {
    const read = deferredResultsFromWire(JSON.parse(results))
    expect(read.calls['e']).toMatchObject({ kind: 'tool-return', returnValue: 1 })
    expect(read.calls['e5']).toMatchObject({ partKind: 'retry-prompt', toolName: 't' })
    expect(read.approvals['a2']).toEqual({ kind: 'tool-approved', overrideArgs: { v: 7 } })
    expect(JSON.stringify(deferredResultsToWire(read))).toBe(results)
  })

  it('may be written with as little as they need', () => {
    const wire = deferredResultsToWire({
      calls: { a: { kind: 'tool-return', returnValue: 1 }, b: 'plain' },
      approvals: { c: { kind: 'tool-denied' }, d: { kind: 'tool-approved' } },
    })
    expect(wire).toEqual({
      calls: {
        a: { return_value: 1, content: null, metadata: null, tools: null, kind: 'tool-return' },
        b: 'plain',
      },
      approvals: {
        c: { message: 'The tool call was denied.', kind: 'tool-denied' },
        d: { override_args: null, kind: 'tool-approved' },
      },
      metadata: {},
    })
  })

  it('carry media for the model both ways', () => {
    const content = ['see', { kind: 'image-url', url: 'https://x.test/a.png' }] as const
    const wire = deferredResultsToWire({
      calls: { a: { kind: 'tool-return', returnValue: 1, content } },
    })
    expect(wire).toHaveProperty('calls.a.content.1.media_type', 'image/png')
    expect(deferredResultsFromWire(wire).calls['a']).toMatchObject({
      content: ['see', ImageUrl('https://x.test/a.png')],
    })
  })

  it('take what only looks like a tagged answer for a value', () => {
    for (const value of [
      { kind: 'tool-return' },
      { kind: 'model-retry' },
      { kind: 'other' },
      null,
    ]) {
      expect(deferredResultsFromWire({ calls: { a: value } }).calls['a']).toEqual(value)
      expect(isDeferredCallResult(value)).toBe(false)
    }
    expect(isDeferredCallResult({ kind: 'tool-failed', message: 'x' })).toBe(true)
  })

  it('refuse an approval that is none, naming the call', () => {
    expect(() => deferredResultsFromWire({ approvals: { a: 'yes' } })).toThrow(
      'Expected true, false, an approval or a denial (at approvals.a)',
    )
    expect(() => deferredResultsFromWire([])).toThrow(ValidationError)
  })

  it('may be keyed by any id', () => {
    const read = deferredResultsFromWire(JSON.parse('{"calls":{"__proto__":1}}'))
    expect(Object.keys(read.calls)).toEqual(['__proto__'])
    expect(JSON.stringify(deferredResultsToWire(read))).toContain('{"__proto__":1}')
  })
})
