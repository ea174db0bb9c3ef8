import { globSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  filesOf,
  messagesFromWire,
  messagesToWire,
  type ModelMessage,
  responseText,
  responseThinking,
  retryPromptText,
  toolCallsOf,
  toolReturnText,
} from '../../src/messages/index.ts'
import { compareVector, formatDifferences } from '../conformance/compare.mjs'

interface Vector {
  readonly [key: string]: unknown
  readonly wire?: { readonly messages: unknown }
  readonly expect: {
    readonly rendered?: readonly {
      readonly message: number
      readonly part: number
      readonly text: string
    }[]
    readonly messages?: unknown
    readonly captured_messages?: unknown
    readonly dumped?: unknown
  }
  readonly fuzzy?: readonly string[]
  readonly json_text?: readonly string[]
}

const folder = resolve(import.meta.dirname, '../conformance/vectors')
const vectors = globSync('*.json', { cwd: folder }).map((file) => {
  const vector: Vector = JSON.parse(readFileSync(resolve(folder, file), 'utf8'))
  return { name: basename(file, '.json'), vector }
})
const wireVectors = vectors.filter(({ name }) => name.startsWith('wire--'))
const renderedVectors = vectors.filter(({ vector }) => (vector.expect.rendered ?? []).length > 0)

function derived(message: ModelMessage): object {
  if (message.kind === 'request') return {}
  return {
    text: responseText(message),
    thinking: responseThinking(message),
    tool_call_ids: toolCallsOf(message).map((call) => call.toolCallId),
    files: filesOf(message).length,
  }
}

function renderings(messages: readonly ModelMessage[]): object[] {
  return messages.flatMap(({ parts }, message) =>
    parts.flatMap((part: ModelMessage['parts'][number], index) => {
      const place = { message, part: index, part_kind: part.partKind }
      if (part.partKind === 'retry-prompt') return [{ ...place, text: retryPromptText(part) }]
      return part.partKind === 'tool-return' || part.partKind === 'builtin-tool-return'
        ? [{ ...place, text: toolReturnText(part) }]
        : []
    }),
  )
}

describe('conformance', () => {
  it.each(wireVectors)('$name', ({ vector }) => {
    const messages = messagesFromWire(vector.wire?.messages)
    const dumped = messagesToWire(messages)
    const actual = {
      dumped,
      derived: messages.map(derived),
      rendered: renderings(messages),
      stable: JSON.stringify(messagesToWire(messagesFromWire(dumped))) === JSON.stringify(dumped),
    }
    const differences = compareVector(vector, actual)
    expect(differences, formatDifferences(differences)).toEqual([])
  })

  it.each(renderedVectors)('$name: what the model reads of results and retries', ({ vector }) => {
    const { rendered, messages, captured_messages, dumped } = vector.expect
    const wire: unknown = messages ?? captured_messages ?? dumped
    const withTimes: unknown = JSON.parse(
      JSON.stringify(wire).replaceAll('"<timestamp>"', '"2025-01-02T03:04:05Z"'),
    )
    const pointers = [...(vector.fuzzy ?? []), ...(vector.json_text ?? [])]
    const isText = (pointer: string): boolean => pointer.startsWith('/expect/rendered/')
    const differences = compareVector(
      { expect: { rendered }, json_text: pointers.filter(isText) },
      { rendered: renderings(messagesFromWire(withTimes)) },
    )
    expect(differences, formatDifferences(differences)).toEqual([])
  })
})
