import fc from 'fast-check'
import { expect, it } from 'vitest'
import { messagesFromWire, messagesToWire } from '../../src/messages/index.ts'
import { brief, whole } from '../../src/snapshot/brief.ts'
import { histories } from '../messages/histories.ts'

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

it('leaves out nothing that is not known without it', () => {
  fc.assert(
    fc.property(mixed, (history) => {
      const wire = messagesToWire(history)
      const written: unknown = JSON.parse(JSON.stringify(brief(wire, ids)))
      expect(messagesToWire(messagesFromWire(whole(written, ids)))).toEqual(
        JSON.parse(JSON.stringify(wire)),
      )
    }),
  )
})

it('reads messages that leave nothing out, and changes nothing in place', () => {
  fc.assert(
    fc.property(mixed, (history) => {
      const wire: unknown = JSON.parse(JSON.stringify(messagesToWire(history)))
      const before = structuredClone(wire)
      expect(whole(wire, ids)).toEqual(wire)
      expect(wire).toEqual(before)
    }),
  )
})
