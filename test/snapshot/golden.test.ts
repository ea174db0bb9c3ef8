/** What was written by any version is resumed by this one. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { currentVersion } from '../../src/snapshot/migrations.ts'
import { readSnapshot, writeSnapshot } from '../../src/snapshot/index.ts'
import { UsageLimitExceeded } from '../../src/errors/index.ts'
import { outline, rejection } from '../agent/script.ts'
import { clerk, desk, fileOf, folder, states } from './golden.ts'
import { clock, mixedAgent, workshop } from './mixed.ts'

const files = readdirSync(folder)

function golden(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}

/** The snapshots of one state, one a version. */
function ofState(state: string): readonly string[] {
  return files.filter((file) => new RegExp(`^v\\d+-${state}\\.json$`).test(file))
}

it('the current version has a golden file of each state', () => {
  const written = states.map((state) => fileOf(currentVersion, state))
  expect(files.map((file) => join(folder, file))).toEqual(expect.arrayContaining(written))
})

it('every version is still known', () => {
  const versions = Array.from({ length: currentVersion }, (_, index) => index + 1)
  for (const version of versions) expect(files).toContain(`v${version}-call-tools.json`)
})

it.each(files.filter((file) => file.startsWith(`v${currentVersion}-`)))(
  '%s is written as it is read',
  (file) => {
    expect(writeSnapshot(readSnapshot(golden(file)))).toEqual(golden(file))
  },
)

describe('resumed', () => {
  it.each(ofState('user-prompt'))('%s', async (file) => {
    const run = clerk(['A picture.']).resume(golden(file), { clock: clock() })
    const { output } = await run.finish()
    expect(output).toBe('A picture.')
    expect(run.metadata).toEqual({ tenant: 'acme' })
    expect(run.allMessages()[0]).toMatchObject({
      instructions: 'Look it up.\nBe brief.',
      parts: [{ content: ['What is this?', { kind: 'image-url', mediaType: 'image/png' }] }],
    })
  })

  it.each(ofState('model-request'))('%s', async (file) => {
    const run = clerk(['Three.']).resume(golden(file), { clock: clock() })
    expect((await run.finish()).output).toBe('Three.')
    expect(run.usage).toMatchObject({ requests: 2, toolCalls: 1, inputTokens: 12 })
    expect(outline(run.allMessages())).toEqual([
      ['user: Go'],
      ['call: look_up'],
      ['look_up returned: {"found":3}'],
      ['user: By the way…'],
      ['text: Three.'],
    ])
  })

  it.each([...ofState('call-tools'), ...ofState('outcome-unknown')])('%s', async (file) => {
    const shop = workshop()
    shop.held.open(undefined)
    const modelSettings = { extraHeaders: { 'x-key': 'secret' } }
    const run = mixedAgent(shop, ['done']).resume(golden(file), { clock: clock(), modelSettings })
    expect(run.waitingFor.map(({ toolCallId }) => toolCallId)).toEqual(['pay', 'outside', 'pay-2'])
    await run.deny('pay-2', 'Once is enough.')
    expect(await run.proceed()).toBe('waiting')
    await run.approve('pay')
    await run.answer('outside', 'It rains.')
    expect((await run.finish()).output).toBe('done')
    expect(shop.ran).toEqual(['again', 'pay'])
    expect(run.usage).toMatchObject({ requests: 2, toolCalls: 3 })
    expect(outline(run.allMessages())[2]).toEqual([
      'quick returned: quick is done',
      expect.stringMatching(/^slow interrupted: The outcome of this tool call is unknown/),
      'again returned: again is done',
      'pay returned: pay is done',
      expect.stringMatching(/^book interrupted: The outcome of this tool call is unknown/),
      'outside returned: It rains.',
      'pay denied: Once is enough.',
      expect.stringMatching(/^missing retry: Unknown tool name/),
    ])
  })

  it.each(ofState('nested'))('%s', async (file) => {
    const run = desk(['All is paid.'], ['Paid.']).resume(golden(file), { clock: clock() })
    expect(run.waitingFor).toMatchObject([{ toolCallId: 'pay', path: ['teller'] }])
    await run.approve('pay', { path: ['teller'] })
    expect((await run.finish()).output).toBe('All is paid.')
    expect(outline(run.allMessages())[2]).toEqual(['teller returned: Paid.'])
    expect(run.usage).toMatchObject({ requests: 4 })
  })

  it.each(ofState('end'))('%s', (file) => {
    const run = clerk([]).resume(golden(file))
    expect(run.result?.output).toBe('Three')
    expect(run.result?.usage).toMatchObject({ requests: 2, toolCalls: 1, outputTokens: 5 })
    expect(run.nextNode.kind).toBe('end')
  })

  it.each(ofState('failed'))('%s', async (file) => {
    const run = clerk([]).resume(golden(file), { clock: clock() })
    expect(await rejection(run.next())).toBeInstanceOf(UsageLimitExceeded)
    expect(outline(run.allMessages())).toEqual([['user: Go']])
    await run.next(undefined, { usageLimits: { outputTokensLimit: null } })
    expect((await run.finish()).output).toBe('Three')
    expect(run.usage).toMatchObject({ requests: 1, outputTokens: 5 })
  })
})
