import { createHash } from 'node:crypto'
import { UserError } from '../errors/index.ts'
import type { AgentRun } from '../run/index.ts'
import { readSnapshot } from '../snapshot/index.ts'
import type { Store } from '../store/index.ts'
import { Hub } from './hub.ts'
import { readPageFile } from './page-files.ts'
import { pastVisits } from './past-visits.ts'
import type { ServerMessage } from './protocol.ts'
import { titleOf } from './run-facts.ts'
import { loadPast, type PastRun, tellPast } from './stored-session.ts'
import { isAtWork } from './span-book.ts'

/** A run in a store. */
export interface RunInStore {
  readonly store: Store
  /** As the store knows it. */
  readonly runId: string
}

/**
 * A run as one HTML file that needs nothing else, to look at or to attach to a bug report: the page of the inspector with
 * the run in it. Secrets are left out as they are there, but messages are what they are.
 *
 * @throws {RunNotFoundError}
 * @throws {UserError} when the page is not built, which it is in the package
 */
export async function exportHtml(run: AgentRun | RunInStore): Promise<string> {
  const past = 'store' in run ? await loadPast(run.store, run.runId, () => []) : pastOf(run)
  const hub = new Hub({ agents: [], hasStore: false })
  tellPast(hub, past)
  return recordingHtml(hub.recording(past.summary.id) ?? [])
}

function pastOf(run: AgentRun): PastRun {
  const saved = readSnapshot(run.snapshot())
  const visits = pastVisits(saved)
  const { context, terms } = saved
  const [first] = visits
  const startedAt = new Date(first?.atMs ?? 0).toISOString()
  return {
    saved,
    visits,
    awaits: run.waitingFor,
    summary: {
      id: run.runId,
      kind: 'run',
      title: titleOf(context.prompt),
      agentName: terms.agent,
      runId: run.runId,
      conversationId: run.conversationId,
      status: statusOf(run),
      startedAt,
      updatedAt: new Date().toISOString(),
      forkedFrom: null,
      can: [],
    },
  }
}

function statusOf(run: AgentRun): PastRun['summary']['status'] {
  const { value, context } = run.actor.getSnapshot()
  if (context.node.kind === 'end') return 'done'
  if (run.waitingFor.length > 0) return 'waiting'
  if (isAtWork(value)) return 'running'
  return context.failure === null ? 'ready' : 'failed'
}

const styleTag = '<link rel="stylesheet" href="page.css" />'
const scriptTag = '<script type="module" src="page.js"></script>'

/**
 * A page that shows a recording, by itself.
 *
 * @param read gives the files of the page
 */
export async function recordingHtml(
  recording: readonly ServerMessage[],
  read = readPageFile,
): Promise<string> {
  const [template, style, script, worker] = await Promise.all([
    read('index.html'),
    read('page.css'),
    read('page.js'),
    read('elk-worker.js'),
  ])
  const code = script.replaceAll('</script', String.raw`<\/script`)
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(code)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    'media-src data:',
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const head = `<meta http-equiv="content-security-policy" content="${policy}" />\n    <style>${style}</style>`
  const body = [
    `<script type="application/json" id="recording">${jsonInHtml(recording)}</script>`,
    `<script type="text/plain" id="elk-worker">${worker.replaceAll('</script', String.raw`<\/script`)}</script>`,
    `<script type="module">${code}</script>`,
  ].join('\n    ')
  return replaced(replaced(template, styleTag, head), scriptTag, body)
}

/** JSON that no parser of HTML takes for anything else. */
function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`)
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** Taken as it is: what stands in for the tag may hold what a pattern would read. */
function replaced(template: string, tag: string, text: string): string {
  const at = template.indexOf(tag)
  if (at < 0) throw new UserError(`The page of the inspector has no ${tag}`)
  return template.slice(0, at) + text + template.slice(at + tag.length)
}
