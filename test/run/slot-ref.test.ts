import { describe, expect, it } from 'vitest'
import { toPromise, waitFor } from 'xstate'
import { Agent, tool } from '../../src/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'

/** A run that nobody inspects, in the middle of a tool that ends when it is told to. */
async function inTool() {
  const entered = Promise.withResolvers<void>()
  const work = Promise.withResolvers<string>()
  const slow = tool({
    name: 'slow',
    execute: () => {
      entered.resolve()
      return work.promise
    },
  })
  const call = { partKind: 'tool-call', toolName: 'slow', args: {}, toolCallId: 'c' } as const
  const agent = new Agent({ model: new ScriptedModel([{ parts: [call] }, 'Done.']), tools: [slow] })
  const run = agent.iter('Go.')
  const finished = run.finish()
  await entered.promise
  const { children } = run.actor.getSnapshot() as unknown as {
    readonly children: Readonly<Record<string, Parameters<typeof toPromise>[0]>>
  }
  const slot = children['call-tools']
  if (slot === undefined) throw new Error('No slot is at work')
  return { run, finished, slot, children, end: () => work.resolve('worked') }
}

describe('the slot at work in a run that nobody inspects', () => {
  it('is found among the children of its actor, as long as it works', async () => {
    const { run, finished, slot, children, end } = await inTool()
    expect(Object.keys(children)).toEqual(['call-tools'])
    expect(slot).toMatchObject({ id: 'call-tools', src: 'callTools', _parent: run.actor })
    expect(slot.getSnapshot()).toMatchObject({
      status: 'active',
      output: undefined,
      input: { runId: run.runId, step: 1 },
    })
    end()
    await finished
    expect(slot.getSnapshot()).toMatchObject({ status: 'done', output: { kind: 'advanced' } })
  })

  it('tells those who follow it how it ends', async () => {
    const { finished, slot, end } = await inTool()
    const outcome = toPromise(slot)
    const done = waitFor(slot, ({ status }) => status === 'done')
    end()
    expect(await outcome).toMatchObject({ kind: 'advanced', node: { kind: 'model-request' } })
    expect(await done).toMatchObject({ output: { kind: 'advanced' } })
    expect((await finished).output).toBe('Done.')
  })

  it('tells those who come late, too', async () => {
    const { finished, slot, end } = await inTool()
    end()
    await finished
    expect(await toPromise(slot)).toMatchObject({ kind: 'advanced' })
  })

  it('is stopped with its run, which gives the work up', async () => {
    const { run, finished, slot, end } = await inTool()
    const failing = finished.catch((error: unknown) => error)
    run.actor.stop()
    expect(slot.getSnapshot().status).toBe('stopped')
    end()
    expect(await failing).toMatchObject({ name: 'RunDisposedError' })
  })
})
