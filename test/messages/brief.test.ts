import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  messagesFromBrief,
  messagesFromWire,
  messagesToBrief,
  messagesToWire,
} from '../../src/messages/index.ts'
import { histories } from './histories.ts'

const idOf = fc.constantFrom('run-1', 'run-2', null)
const instructions = fc.constantFrom('Be kind.', 'Be brief.', null)

/** Histories of several runs that say the same again and again. */
const mixed = fc
  .tuple(histories, fc.infiniteStream(fc.tuple(idOf, idOf, instructions)))
  .map(([history, said]) =>
    history.map((message) => {
      const [runId, conversationId, told] = said.next().value ?? [null, null, null]
      const own = { ...message, runId, conversationId }
      return own.kind === 'request' ? { ...own, instructions: told } : own
    }),
  )

const ids = { run: 'run-1', conversation: 'run-1' }

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

it('leaves out nothing that is not known without it', () => {
  fc.assert(
    fc.property(mixed, (history) => {
      const written = throughJson(messagesToBrief(history, ids))
      expect(messagesToWire(messagesFromBrief(written, ids))).toEqual(
        throughJson(messagesToWire(history)),
      )
    }),
  )
})

it('reads messages that leave nothing out, and changes nothing in place', () => {
  fc.assert(
    fc.property(mixed, (history) => {
      const wire = throughJson(messagesToWire(history))
      const before = structuredClone(wire)
      expect(messagesFromBrief(wire, ids)).toEqual(messagesFromWire(before))
      expect(wire).toEqual(before)
    }),
  )
})
