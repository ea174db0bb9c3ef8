import { describe, expect, it } from 'vitest'
import { append, emptyLog, logOf, messagesOf, truncate } from '../../src/messages/index.ts'
import { response, said, text } from './histories.ts'

const [one, two, three] = [said('one'), response(text), said('three')]

describe('MessageLog', () => {
  it('shares its array as long as only its end grows', () => {
    const log = append(emptyLog(), one)
    const longer = append(log, two, three)
    expect(longer.items).toBe(log.items)
    expect(messagesOf(log)).toEqual([one])
    expect(messagesOf(longer)).toEqual([one, two, three])
  })

  it('forks when somebody else went on before', () => {
    const log = append(emptyLog(), one)
    const left = append(log, two)
    const right = append(log, three)
    expect(messagesOf(left)).toEqual([one, two])
    expect(messagesOf(right)).toEqual([one, three])
  })

  it('forks behind a cut', () => {
    const log = logOf([one, two, three])
    const again = append(truncate(log, 1), three)
    expect(messagesOf(again)).toEqual([one, three])
    expect(messagesOf(log)).toEqual([one, two, three])
  })

  it('is the same handle when nothing is added or cut', () => {
    const log = logOf([one])
    expect(append(log)).toBe(log)
    expect(truncate(log, 5)).toBe(log)
  })

  it('keeps no hold on the list it was made of', () => {
    const messages = [one]
    const log = logOf(messages)
    messages.push(one)
    expect(messagesOf(append(log, two))).toEqual([one, two])
  })
})
