import { describe, expect, it } from 'vitest'
import { withDeps } from '../../src/agent/index.ts'
import {
  nativeOutput,
  type OutputSpec,
  promptedOutput,
  toolOutput,
} from '../../src/output/index.ts'
import type { ScriptedResponse } from '../../src/testing/index.ts'
import { call, script } from '../agent/script.ts'

interface Db {
  readonly rows: readonly number[]
}

const { Agent, outputFunction, textOutput } = withDeps<Db>()

const row = outputFunction({
  name: 'row',
  inputSchema: { type: 'object', properties: {} },
  execute: (_, { deps }) => deps.rows,
})

describe('the deps of the run', () => {
  it.each<{ form: string; output: OutputSpec<Db>; answer: ScriptedResponse }>([
    { form: 'an output function', output: row, answer: { parts: [call('final_result')] } },
    {
      form: 'one behind a tool',
      output: toolOutput(row),
      answer: { parts: [call('final_result')] },
    },
    { form: 'one after native JSON', output: nativeOutput(row), answer: '{}' },
    {
      form: 'one of several after prompted JSON',
      output: promptedOutput([row, { type: 'number' }]),
      answer: '{"result":{"kind":"row","data":{}}}',
    },
    {
      form: 'a text function',
      output: textOutput((_, { deps }) => deps.rows),
      answer: 'Which?',
    },
  ])('reach $form', async ({ output, answer }) => {
    const rows = [1, 2]
    const agent = new Agent({ model: script(answer), output })
    expect((await agent.run('Go', { deps: { rows } })).output).toBe(rows)
  })

  it('reach the output function of a run', async () => {
    const rows = [3]
    const agent = new Agent({ model: script([call('final_result')]) })
    expect((await agent.run('Go', { deps: { rows }, output: row })).output).toBe(rows)
  })
})
