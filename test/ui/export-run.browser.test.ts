import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { memoryStore } from '../../src/store/index.ts'
import { sqliteStore } from '../../src/store/sqlite/index.ts'
import { exportHtml } from '../../src/ui/index.ts'
import type { ServerMessage } from '../../src/ui/protocol.ts'
import { agentchart } from '../cli/command.ts'
import { clerk } from './agents.ts'
import { all, conversation, latest } from './visitor.ts'

const folder = mkdtempSync(join(tmpdir(), 'agentchart-export-'))
afterAll(() => rmSync(folder, { recursive: true }))

function recordingIn(html: string): readonly ServerMessage[] {
  const [, text = '[]'] = /id="recording">(.*?)<\/script>/s.exec(html) ?? []
  return JSON.parse(text) as readonly ServerMessage[]
}

it('exports a run in any state, without a store', async () => {
  const run = clerk().iter('Oslo', { deferred: 'wait' })
  const fresh = recordingIn(await exportHtml(run))
  expect(latest(fresh, 'session')?.session).toMatchObject({ title: 'Oslo', status: 'ready' })
  await run.proceed()
  const waiting = recordingIn(await exportHtml(run))
  expect(latest(waiting, 'session')?.session.status).toBe('waiting')
  expect(latest(waiting, 'run')?.run.waitingFor).toMatchObject([{ toolName: 'pay' }])
  await run.approve('payment')
  await run.finish()
  const done = recordingIn(await exportHtml(run))
  expect(latest(done, 'session')?.session.status).toBe('done')
  expect(all(done, 'visit').map(({ visit }) => visit.kind)).toEqual([
    'user-prompt',
    'model-request',
    'call-tools',
    'model-request',
    'call-tools',
    'model-request',
    'call-tools',
    'end',
  ])
  expect(conversation(done, run.runId)).toHaveLength(6)
})

it('exports a run of a store', async () => {
  const store = memoryStore()
  const run = clerk().iter('Oslo', { store, deferred: 'wait' })
  await run.proceed()
  const told = recordingIn(await exportHtml({ store, runId: run.runId }))
  expect(latest(told, 'session')?.session).toMatchObject({ kind: 'stored', status: 'waiting' })
  await expect(exportHtml({ store, runId: 'none' })).rejects.toThrow("'none'")
})

it('exports from the command line', async () => {
  const place = join(folder, 'runs.db')
  const store = sqliteStore(place)
  const run = clerk().iter('Oslo', { store, deferred: 'wait' })
  await run.proceed()
  await run.dispose()
  await store.close()
  const file = join(folder, 'run.html')
  const words = ['runs', 'export', run.runId, '--html', file, '--store', place]
  const { code, out } = await agentchart(words)
  expect(out).toContain(file)
  expect(code).toBe(0)
  expect(latest(recordingIn(readFileSync(file, 'utf8')), 'session')?.session.title).toBe('Oslo')
})
