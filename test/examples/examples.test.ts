import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const { AGENTCHART_MODEL: _, ...env } = process.env

/** @param example a file, and arguments for it */
async function outputOf(example: string): Promise<string> {
  const words = `examples/${example}`.split(' ')
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: root, env })
  return stdout
}

/** What each example prints, among other things; in order. */
const examples: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'quickstart.ts': [
    'scripted stand-in',
    'AGENTCHART_MODEL=openai:gpt-5.2',
    'user-prompt',
    'model-request',
    'count_lines {"folder":"test"}',
    /count_lines returned \{"folder":"src","files":\d+,"lines":\d+\}/,
    /calculate returned \d+(\.\d+)?/,
    /^end\n {2}There are \d+\.\d\d lines of tests for each line of source: \d+ for \d+\.$/m,
    /3 requests, 3 tool calls, \d+ input and \d+ output tokens/,
  ],
  'by-hand.ts': [
    'What is the capital of France?',
    'You said: What is the capital of Italy?',
    'You said: What is the capital of Spain?',
  ],
  'deferred.ts': ['delete_file', 'old.log is gone (approved: true)'],
  'typed-deps.ts': ['You are talking to Ada.', '"order_state":"packed"'],
  'structured-output.ts': ['letter complaint', 'booked 0', 'answer 42 after 2 requests'],
  'delegation.ts': ['without a sound', '3 requests, those of the poet included'],
  'streaming.ts': [
    'part_start thinking',
    'custom looking',
    "{ city: 'Oslo', sky: 'grey' }",
    'agent_run_result',
    'coat and umbrella',
  ],
  'service.ts': [
    '202 {"runId":',
    'worker: waiting',
    '{"toolCallId":"call-refund","toolName":"refund","args":{"order":7,"euros":30}}',
    '{"outcome":"accepted"}',
    '{"outcome":"repeated"}',
    'worker: paid 20 euros back for order 7',
    'Your money is on its way.',
  ],
  'refund.ts': [
    'offered: request',
    "Unknown tool name: 'human_approve'. Available tools: 'request'",
    "Unknown tool name: 'pay'",
    `in state "Open" and refuses 'request' with these arguments`,
    'refund: "Checking"',
    "Unknown tool name: 'pay'. Available tools: 'withdraw'",
    'refund: "Approved"',
    'offered: withdraw, pay',
    'The bank pays 20 euros for order 7',
    'refund: "Paid"',
  ],
  'in-a-machine.ts': ['Sorting', 'OnCall', 'The heating is broken.'],
  'gallery.ts': [
    'npm run example <name>',
    'pipeline',
    'triage',
    'research',
    'refinement',
    'supervisor',
    'review',
  ],
  'gallery.ts pipeline': ['Outlining', 'Spring and neap', 'becuase', 'Done', 'because the Moon'],
  'gallery.ts triage': [
    'to billing',
    'to orders: The charge is right',
    'orders: The second kettle comes on Friday. (3 messages read)',
    '4 messages',
  ],
  'gallery.ts research': [
    '… What does it cost?',
    '✗ What does it cost?',
    '✓ When?',
    'Writing',
    'Everybody drinks tea',
  ],
  'gallery.ts refinement': ['4: Short', '3: True of any tea.', 'tea inside. (9 points, round 3)'],
  'gallery.ts supervisor': [
    '0 of 7 requests spent',
    'writer: The deep keeps what it knows.',
    'BudgetSpent',
    '7 requests, 0 tool calls',
  ],
  'gallery.ts review': [
    /put away: \d+ characters of JSON/,
    'Revising',
    'we are sorry',
    'it will be there on Friday',
    'reject by Ben, edit by Ben, approve by Ben',
  ],
}

describe.concurrent('the examples', { timeout: 60_000 }, () => {
  it('are all known here, but for what they share', () => {
    const files = globSync('*.ts', { cwd: resolve(root, 'examples') })
    const machines = globSync('*.ts', { cwd: resolve(root, 'examples/gallery') })
    const names = machines.map((file) => `gallery.ts ${file.replace('.ts', '')}`)
    const shared = ['print.ts', 'stand-in.ts', 'gallery.ts story']
    expect([...files, ...names].toSorted()).toEqual(
      [...Object.keys(examples), ...shared].toSorted(),
    )
  })

  it.each(Object.entries(examples))('%s runs offline', async (example, expected) => {
    let rest = await outputOf(example)
    for (const part of expected) {
      const at = typeof part === 'string' ? rest.indexOf(part) : rest.search(part)
      expect(at, `${String(part)} in ${rest}`).toBeGreaterThanOrEqual(0)
      rest = rest.slice(at)
    }
  })
})
