import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  append,
  cleanHistory,
  emptyLog,
  logOf,
  type MessageLog,
  messagesOf,
  type ModelMessage,
  truncate,
  WireHistory,
} from '../../src/messages/index.ts'
import { answers, histories, request, response, result, said, text } from './histories.ts'

const whole = (log: MessageLog): readonly ModelMessage[] =>
  cleanHistory(messagesOf(log), { repairLast: true })

describe('WireHistory', () => {
  it('gives what cleaning the whole history gives, after every message', () => {
    fc.assert(
      fc.property(histories, (messages) => {
        const history = new WireHistory()
        let log = emptyLog()
        for (const message of messages) {
          log = append(log, message)
          expect(history.view(log)).toEqual(whole(log))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('gives it also when logs are cut, forked and appended to in any order', () => {
    const actions = fc.array(
      fc.oneof(
        histories.map((messages) => ({ messages, keep: null })),
        fc.nat(12).map((keep) => ({ messages: null, keep })),
      ),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(actions, (steps) => {
        const history = new WireHistory()
        let log = emptyLog()
        for (const { messages, keep } of steps) {
          log = messages === null ? truncate(log, keep) : append(log, ...messages)
          expect(history.view(log)).toEqual(whole(log))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('follows a result that comes after its call was given up', () => {
    const history = new WireHistory()
    let log = logOf([response(answers('a')), said('wait'), response(text), said('still?')])
    expect(history.view(log)[1]?.parts).toHaveLength(2)
    log = append(log, response(text), request(result('a')))
    expect(history.view(log)).toEqual(messagesOf(log))
  })

  it('gives arrays that later views leave alone', () => {
    const history = new WireHistory()
    const log = logOf([said('a'), response(text)])
    const view = history.view(log)
    const before = [...view]
    history.view(append(log, said('b'), response(text), said('c')))
    expect(view).toEqual(before)
  })

  it('looks at each message of a long run once', () => {
    let reads = 0
    const counted = (message: ModelMessage): ModelMessage => {
      const { parts } = message
      const readParts = (): typeof parts => {
        reads += 1
        return parts
      }
      return Object.defineProperty({ ...message }, 'parts', { get: readParts, enumerable: true })
    }
    const history = new WireHistory()
    let log = emptyLog()
    for (let step = 0; step < 300; step += 1) {
      log = append(log, counted(said('x')), counted(response(answers(`${step}`))))
      log = append(log, counted(request(result(`${step}`))), counted(response(text)))
      history.view(log)
    }
    expect(reads).toBeLessThan(1200 * 20)
  })
})
