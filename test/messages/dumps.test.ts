import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  messagesFromJson,
  messagesToJson,
  runUsageFromWire,
  usageFromWire,
  usageToWire,
} from '../../src/messages/index.ts'

/** Dumps of the reference, one per kind: a name, and below it one line of JSON. */
const lines = readFileSync(resolve(import.meta.dirname, 'fixtures/dumps.txt'), 'utf8').split('\n')
const dumps = lines.flatMap((name, i) =>
  i % 2 === 0 && name !== '' ? [{ name, json: lines[i + 1] ?? '' }] : [],
)
const usages = dumps.filter(({ name }) => name.startsWith('usage'))
const parts = dumps.filter(({ name, json }) => json.startsWith('{') && !name.startsWith('usage'))
const histories = dumps.filter(({ json }) => json.startsWith('['))

const request = (part: string): string =>
  `[{"parts":[${part}],"timestamp":null,"instructions":null,"kind":"request","run_id":null,"conversation_id":null,"metadata":null,"state":"complete"}]`
const response = (part: string): string =>
  `[{"parts":[${part}],"usage":{"input_tokens":0,"cache_write_tokens":0,"cache_read_tokens":0,"output_tokens":0,"input_audio_tokens":0,"cache_audio_read_tokens":0,"output_audio_tokens":0,"details":{},"cost":null},"model_name":null,"timestamp":"2026-01-02T03:04:05Z","kind":"response","provider_name":null,"provider_url":null,"provider_details":null,"provider_response_id":null,"finish_reason":null,"run_id":null,"conversation_id":null,"metadata":null,"state":"complete"}]`
const ofResponses =
  /"part_kind":"(text|thinking|tool-call|builtin-tool-call|builtin-tool-return|compaction|file)"|"speaker":"assistant"/

describe('a dump of the reference', () => {
  it('is there for every kind', () => {
    expect(dumps).toHaveLength(55)
  })

  it.each(histories)('comes back byte for byte: $name', ({ json }) => {
    expect(messagesToJson(messagesFromJson(json))).toBe(json)
    expect(messagesToJson(messagesFromJson(new TextEncoder().encode(json)))).toBe(json)
  })

  it.each(parts)('comes back byte for byte: $name', ({ json }) => {
    const message = ofResponses.test(json) ? response(json) : request(json)
    expect(messagesToJson(messagesFromJson(message))).toBe(message)
  })

  it.each(usages)('comes back byte for byte: $name', ({ json }) => {
    const wire: unknown = JSON.parse(json)
    const usage = json.includes('requests') ? runUsageFromWire(wire) : usageFromWire(wire)
    expect(JSON.stringify(usageToWire(usage))).toBe(json)
  })
})
