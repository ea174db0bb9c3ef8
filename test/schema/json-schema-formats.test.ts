import { describe, expect, it } from 'vitest'
import { jsonSchema } from '../../src/schema/index.ts'

const formats: Readonly<
  Record<string, readonly [good: readonly string[], bad: readonly string[]]>
> = {
  date: [['2024-02-29'], ['2023-02-29', '2024-13-01', '24-01-01']],
  'date-time': [
    ['2024-01-01T10:00:00Z', '2024-01-01t10:00:00.5+02:00'],
    ['2024-01-01', '2024-01-01T25:00:00Z'],
  ],
  time: [
    ['10:00:00Z', '10:00:00'],
    ['24:00:00Z', '1:00'],
  ],
  duration: [
    ['P1D', 'PT1H30M', 'P2W'],
    ['P', 'PT', '1D'],
  ],
  email: [
    ['a@b.co', 'first.last+tag@sub.example.org'],
    ['a@b', '@b.co', 'a b@c.de'],
  ],
  hostname: [
    ['example.org', 'a'],
    ['-a', 'a..b', 'a b'],
  ],
  ipv4: [
    ['127.0.0.1', '255.255.255.255'],
    ['256.1.1.1', '1.2.3'],
  ],
  ipv6: [
    ['::', '::1', '2001:db8::ff', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4'],
    ['1:2', ':::', '1::2::3', 'g::'],
  ],
  uri: [
    ['https://example.org/a?b#c', 'urn:isbn:1'],
    ['example.org', 'http://', '/a'],
  ],
  uuid: [
    ['123e4567-e89b-12d3-a456-426614174000'],
    ['123e4567', 'g23e4567-e89b-12d3-a456-426614174000'],
  ],
  regex: [['^a$'], ['(']],
  binary: [['formats nobody knows are notes'], []],
}

describe.each(Object.entries(formats))('the format %s', (format, [good, bad]) => {
  const schema = jsonSchema({ type: 'string', format })
  it.each(good)('accepts %s', (text) => expect(schema.validate(text)).toMatchObject({ ok: true }))
  it.each(bad)('refuses %s', (text) =>
    expect(schema.validate(text)).toMatchObject({ issues: [{ type: 'invalid_format' }] }),
  )
})
