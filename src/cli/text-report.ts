import { styleText } from 'node:util'
import type { ModelCall } from '../models/index.ts'
import type { FailureFacts } from './failure.ts'
import { entriesOf, type Entry, stateNames } from './node-text.ts'
import type { Report } from './report.ts'
import { durationText, usageText } from './usage-text.ts'
import { visible } from './visible.ts'

type Style = Parameters<typeof styleText>[0]

/** Where text goes. Whether it may have colours, the streams know. */
export interface TextReportOptions {
  readonly out: NodeJS.WriteStream
  readonly err: NodeJS.WriteStream
}

/** A run for a person to read. */
export function textReport({ out, err }: TextReportOptions): Report {
  const paint = (style: Style, text: string): string => styleText(style, text, { stream: out })
  const print = (text: string): void => void out.write(`${text}\n`)
  const printEntry = ({ label, text, isTrouble = false }: Entry): void => {
    const [first, ...more] = visible(text).split('\n')
    print(`  ${paint(isTrouble ? 'red' : 'dim', label.padEnd(width))}  ${first}`)
    for (const line of more) print(`${' '.repeat(width + 4)}${line}`)
  }
  return {
    started(run, agentName) {
      const { system, modelName } = run.ctx.runContext.model
      print(paint('dim', `${agentName ?? 'agent'} on ${system}:${modelName}, run ${run.runId}`))
    },
    node(node) {
      print(`\n${paint(['bold', 'cyan'], stateNames[node.kind])}`)
      entriesOf(node).forEach(printEntry)
    },
    requested: (call) => requestEntries(call).forEach(printEntry),
    ended: (result, durationMs) =>
      print(`\n${paint('dim', `${usageText(result.usage)} · ${durationText(durationMs)}`)}`),
    failed: (failure) => err.write(failureText(failure, err)),
  }
}

/** Of the column with the labels. */
const width = 12

/** What a request has besides its messages. */
function requestEntries({ parameters }: ModelCall): readonly Entry[] {
  const { instructions, functionTools, outputTools } = parameters
  const names = (tools: typeof functionTools): string => tools.map(({ name }) => name).join(', ')
  return [
    { label: 'instructions', text: instructions ?? '' },
    { label: 'tools', text: names(functionTools) },
    { label: 'output tools', text: names(outputTools) },
  ].filter(({ text }) => text !== '')
}

/** The error, the way out, and where it happened; a line each. */
export function failureText(
  { name, message, hint, node, thrownAt }: FailureFacts,
  stream: NodeJS.WritableStream,
): string {
  const more = [hint, node && `In ${stateNames[node]}`, thrownAt && `At ${thrownAt}`]
  const text = [`: ${message}`, ...more.filter((line) => line !== null)].join('\n  ')
  return `\n${styleText(['bold', 'red'], visible(name), { stream })}${visible(text)}\n`
}
