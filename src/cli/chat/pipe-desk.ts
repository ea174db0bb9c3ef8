import { createInterface } from 'node:readline'
import type { DeferredToolRequests, DeferredToolResults } from '../../messages/index.ts'
import { failureText } from '../text-report.ts'
import { callText } from './tool-line.ts'
import type { Desk } from './desk.ts'
import { Page } from './page.ts'
import { visible } from '../visible.ts'

export interface PipeOptions {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  /** Whether calls that need approval get it; else they are denied. */
  readonly approvesAll: boolean
}

/**
 * A chat without a person: a line of stdin is a prompt or a command, answers go to stdout, and what happens on the way
 * to stderr.
 */
export function pipeDesk({ stdin, stdout, stderr, approvesAll }: PipeOptions): Desk {
  const lines = createInterface({ input: stdin, crlfDelay: Infinity })[Symbol.asyncIterator]()
  const [answers, others] = [new Page(), new Page()]
  return {
    isAttended: false,
    async read() {
      const { value, done } = await lines.next()
      return done === true ? { kind: 'ended' } : { kind: 'text', text: value }
    },
    show(pieces) {
      for (const piece of pieces) {
        if (piece.kind === 'answer') stdout.write(answers.add(piece))
        else if (piece.kind === 'line') stderr.write(others.add(piece))
      }
    },
    endTurn: () => void stdout.write(answers.freshLine()),
    say: (text) => void stdout.write(`${visible(text)}\n`),
    remark: (text) => void stderr.write(`${visible(text)}\n`),
    fail: (failure) => void stderr.write(failureText(failure, stderr).trimStart()),
    forget: () => {},
    async decide(requests) {
      if (!approvesAll && requests.approvals.length > 0) {
        const names = requests.approvals.map(callText).join(', ')
        stderr.write(`Denied, for nobody is there to approve (--yes approves all): ${names}\n`)
      }
      return decidedAlone(requests, approvesAll)
    },
  }
}

/** What becomes of waiting calls where nobody can be asked. */
export function decidedAlone(
  { calls, approvals }: DeferredToolRequests,
  approvesAll: boolean,
): DeferredToolResults {
  const verdict = approvesAll || ({ kind: 'tool-denied', message: noApprover } as const)
  const failure = { kind: 'tool-failed', message: noAnswerer } as const
  return {
    approvals: Object.fromEntries(approvals.map(({ toolCallId }) => [toolCallId, verdict])),
    calls: Object.fromEntries(calls.map(({ toolCallId }) => [toolCallId, failure])),
  }
}

const noApprover =
  'The tool call was denied: it needs the approval of a person, and nobody is there to give it.'
const noAnswerer = 'The tool is answered by a person, and nobody is there to answer.'
