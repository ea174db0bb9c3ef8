import { z } from 'zod'
import { Agent, type AgentOptions } from '../../src/agent/index.ts'
import type { AgentRun } from '../../src/run/index.ts'
import type { Store } from '../../src/store/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, says } from './script.ts'

/** What the tools have done. */
export const ran: string[] = []
const look = tool({
  name: 'look',
  inputSchema: z.object({ at: z.string() }),
  execute: ({ at }) => {
    ran.push(`look at ${at}`)
    return `${at} is grey`
  },
})
const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })

/** Says what it reads last, after it has looked at the sky and the sea. */
function attentive(): FunctionModel {
  return new FunctionModel((messages) => {
    const round = messages.filter(({ kind }) => kind === 'response').length
    if (round === 0) return { parts: [call('look', { at: 'sky' }, 'sky')] }
    if (round === 1) {
      return { parts: [call('look', { at: 'sea' }, 'sea'), call('look', { at: 'land' }, 'land')] }
    }
    return { parts: [says(outline(messages).flat().slice(1).join(' | '))] }
  })
}

/** What it says in the end. */
export const whole = [
  'call: look',
  'look returned: sky is grey',
  'call: look | call: look',
  'look returned: sea is grey | look returned: land is grey',
].join(' | ')

type Options = AgentOptions<unknown, undefined, string>

/** An agent that looks at the weather. */
export function agentFor(options: Partial<Options> = {}) {
  return new Agent({ name: 'watcher', model: attentive(), tools: [look, pay], ...options })
}

/** A run in a store, to its end. */
export async function finished(
  store: Store,
  options: Partial<Options> = {},
): Promise<AgentRun<string>> {
  const run = agentFor(options).iter('How is the weather?', { store, runId: 'original' })
  await run.finish()
  return run
}

/** The number of a step: the one in this state after so many requests. */
export async function stepAt(store: Store, state: string, step: number): Promise<number> {
  const history = await store.history('original')
  const found = history.find((entry) => entry.state === state && entry.step === step)
  if (found === undefined) throw new Error(`No ${state} after ${step} requests`)
  return found.seq
}
