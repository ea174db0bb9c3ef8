import { createServer } from 'node:net'
import { createInspectorServer } from '@statelyai/inspect/server'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { statelyInspector } from '../../src/inspect/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls } from '../run/scripts.ts'

/** What the page of the inspector is sent. */
interface Sent {
  readonly type: string
  readonly sessionId: string
  readonly parentId?: string
  readonly sourceId?: string
  readonly name?: string
  readonly definition?: string
  readonly event?: { readonly type: string }
  readonly snapshot?: Readonly<Record<string, unknown>>
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Stately's own server on loopback. */
async function served(given?: number) {
  const port = given ?? (await freePort())
  // Typed as a number and handed on to `listen`: so it stays on loopback, which it offers no option for.
  const where = { port, host: '127.0.0.1' } as never
  const server = createInspectorServer({ port: where, autoOpen: false })
  onTestFinished(() => server.stop())
  return { port, url: `ws://127.0.0.1:${port}` }
}

/** The page of the inspector, as far as it listens. */
async function pageAt(url: string) {
  const sent: Sent[] = []
  const socket = new WebSocket(url)
  socket.addEventListener('message', ({ data }) => sent.push(JSON.parse(String(data))))
  await vi.waitFor(() => {
    if (socket.readyState !== WebSocket.OPEN) throw new Error('Not there yet')
  })
  onTestFinished(() => socket.close())
  return sent
}

describe("Stately's inspector", { timeout: 20_000 }, () => {
  it('is told of the run, its slots, events and snapshots as they happen', async () => {
    const { url } = await served()
    const sent = await pageAt(url)
    const stately = await statelyInspector({ server: url })
    const look = tool({
      name: 'look',
      inputSchema: z.looseObject({}),
      execute: async () => {
        await vi.waitFor(() => expect(sent.some(isRequestDone)).toBe(true)) // while the run goes on
        return 'seen'
      },
    })
    const agent = new Agent({
      model: new ScriptedModel([calls('look'), 'Done.']),
      tools: [look],
    })
    const result = await agent.run('Go.', { inspect: stately.inspect })
    await stately.stop()
    await vi.waitFor(() => expect(sent.some(isEnd)).toBe(true))

    const actors = sent.filter(({ type }) => type === '@xstate.actor')
    const [run] = actors
    expect(run).toMatchObject({ name: 'agent' })
    const { states } = JSON.parse(run?.definition ?? '{}')
    expect(Object.keys(states)).toEqual(['CallTools', 'End', 'ModelRequest', 'UserPrompt'])
    expect(states.ModelRequest.states.saving.states.writing.invoke[0].onDone).toContainEqual(
      expect.objectContaining({ guard: 'drivesOnToCallTools' }),
    )
    const below = actors.filter(({ parentId }) => parentId === run?.sessionId)
    const slots = ['prepare-prompt', 'request-model', 'call-tools', 'request-model', 'call-tools']
    expect(below.map(({ name }) => name).filter((name) => slots.includes(name ?? ''))).toEqual(
      slots,
    )

    const own = sent.filter(({ sessionId }) => sessionId === run?.sessionId)
    const values = own.flatMap(({ type, snapshot }) =>
      type === '@xstate.snapshot' ? [JSON.stringify(snapshot?.['value'])] : [],
    )
    expect([...new Set(values)]).toEqual([
      '{"UserPrompt":{"active":"preparing"}}',
      '{"ModelRequest":{"active":"requesting"}}',
      '{"CallTools":{"active":"executing"}}',
      '"End"',
    ])
    const events = own.flatMap(({ type, event }) => (type === '@xstate.event' ? [event?.type] : []))
    expect(events).toContain('xstate.done.actor.request-model')
    expect(events).toContain('tool-calls-moved')
    expect(own.findLast(isEnd)?.snapshot).toMatchObject({
      status: 'done',
      output: { output: 'Done.', runId: result.runId },
    })
  })

  it('is told of each call as an actor, with the run of an agent that is a tool below its call', async () => {
    const { url } = await served()
    const sent = await pageAt(url)
    const stately = await statelyInspector({ server: url })
    const look = tool({ name: 'look', execute: () => 'seen' })
    const scout = new Agent({
      name: 'scout',
      model: new ScriptedModel([calls('look'), 'Nothing there.']),
      tools: [look],
    })
    const send = {
      partKind: 'tool-call',
      toolName: 'send',
      toolCallId: 's',
      args: '{"prompt":"Go."}',
    } as const
    const agent = new Agent({
      model: new ScriptedModel([{ parts: [send, ...calls('look').parts] }, 'Done.']),
      tools: [scout.asTool({ name: 'send' }), look],
    })
    await agent.run('Look around.', { inspect: stately.inspect })
    await stately.stop()
    await vi.waitFor(() => expect(sent.filter(isEnd)).toHaveLength(2))

    const actors = sent.filter(({ type }) => type === '@xstate.actor')
    const names = new Map(actors.map(({ sessionId, name }) => [sessionId, name]))
    const tree = actors.map(({ name, parentId }) => `${names.get(parentId ?? '')} > ${name}`)
    expect(tree).toEqual(
      expect.arrayContaining([
        'agent > call-0',
        'agent > call-1',
        'call-0 > run:scout',
        'run:scout > request-model',
        'run:scout > call-0',
      ]),
    )
    const states = actors
      .filter(({ name }) => name?.startsWith('call-') && !name.startsWith('call-tools'))
      .map(({ sessionId }) =>
        sent.flatMap(({ type, sessionId: of, snapshot }) =>
          type === '@xstate.snapshot' && of === sessionId ? [snapshot?.['value']] : [],
        ),
      )
    expect(states).toHaveLength(3)
    for (const values of states) {
      expect([...new Set(values)]).toEqual(['requested', 'waiting', 'executing', 'returned'])
    }
  })

  it('gets what happened before its server was there, and nothing twice', async () => {
    const port = await freePort()
    const warned = new Promise((resolve) => process.once('warning', resolve))
    const stately = await statelyInspector({ server: `ws://127.0.0.1:${port}` })
    await new Agent({ model: new ScriptedModel(['Hi.']) }).run('Go.', { inspect: stately.inspect })
    expect(await warned).toMatchObject({ message: expect.stringContaining(`:${port}`) })
    const { url } = await served(port)
    const sent = await pageAt(url)
    await vi.waitFor(() => expect(sent.some(isEnd)).toBe(true), 6_000)
    await stately.stop()
    const sessions = sent.flatMap(({ type, sessionId }) =>
      type === '@xstate.actor' ? [sessionId] : [],
    )
    expect(new Set(sessions).size).toBe(sessions.length)
    expect(sent.filter(isRequestDone)).toHaveLength(1)
  })

  it('opens a window in a browser and posts to it what happened', async () => {
    const posted: Sent[] = []
    const listeners: ((event: { readonly data: unknown }) => void)[] = []
    const opened: unknown[] = []
    const fakeWindow = {
      open: (url: string) => {
        opened.push(url)
        return { postMessage: (event: Sent) => posted.push(structuredClone(event)) }
      },
      addEventListener: (_: string, listener: (typeof listeners)[number]) =>
        listeners.push(listener),
      requestIdleCallback: (callback: () => void) => setTimeout(callback, 0),
    }
    vi.stubGlobal('window', fakeWindow)
    vi.stubGlobal('document', {})
    onTestFinished(() => void vi.unstubAllGlobals())
    const stately = await statelyInspector({ page: 'https://inspector.example/' })
    const run = new Agent({ model: new ScriptedModel(['Hi.']) }).iter('Go.', {
      inspect: stately.inspect,
    })
    for (const listener of listeners) listener({ data: { type: '@statelyai.connected' } })
    await run.finish()
    await vi.waitFor(() => expect(posted.some(isEnd)).toBe(true))
    await stately.stop()
    expect(opened).toEqual(['https://inspector.example/'])
    expect(posted.at(-1)).toEqual({ type: '@statelyai.disconnected' })
  })

  it('stops although no server was ever there', async () => {
    const stately = await statelyInspector({ server: `ws://127.0.0.1:${await freePort()}` })
    await new Agent({ model: new ScriptedModel(['Hi.']) }).run('Go.', { inspect: stately.inspect })
    const start = performance.now()
    await stately.stop()
    await stately.stop() // once more does nothing
    expect(performance.now() - start).toBeLessThan(3_000)
  })
})

function isRequestDone({ type, event }: Sent): boolean {
  return type === '@xstate.event' && event?.type === 'xstate.done.actor.request-model'
}

function isEnd({ type, snapshot }: Sent): boolean {
  return type === '@xstate.snapshot' && snapshot?.['value'] === 'End'
}
