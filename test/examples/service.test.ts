import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const programs = resolve(import.meta.dirname, '../../examples/service')

/** The programs of the service, on one file. */
async function service() {
  const folder = await mkdtemp(join(tmpdir(), 'agentchart-service-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  /** Starts one; `says` resolves when stdout has said this. */
  const start = (program: 'server' | 'worker') => {
    const child = spawn(process.execPath, [
      join(programs, `${program}.ts`),
      join(folder, 'runs.db'),
    ])
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    const says = async (text: string): Promise<string> => {
      while (!out.includes(text)) await once(child.stdout, 'data')
      return out
    }
    const kill = async (): Promise<void> => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    onTestFinished(kill)
    return { kill, says, out: () => out }
  }
  return { start }
}

async function send(url: string, body?: object | string) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body: text })
  return { status: response.status, body: JSON.parse(await response.text()) }
}

it('a run of a service outlives all its processes', { timeout: 60_000 }, async () => {
  const { start } = await service()
  const first = start('server')
  const firstUrl = (await first.says('\n')).trim()
  const started = await send(`${firstUrl}/runs`, { prompt: 'Refund order 7.' })
  expect(started).toEqual({ status: 202, body: { runId: expect.any(String) } })
  await first.kill()

  const earlyWorker = start('worker')
  await earlyWorker.says('waiting')
  await earlyWorker.kill()

  const second = start('server')
  const url = (await second.says('\n')).trim()
  const run = `${url}/runs/${started.body.runId}`
  const waitingFor = [
    { toolCallId: 'call-refund', toolName: 'refund', args: { order: 7, euros: 30 } },
  ]
  expect((await send(run)).body).toMatchObject({ status: 'waiting', waitingFor })
  const approval = { toolCallId: 'call-refund', approve: true }
  expect(await send(`${run}/approvals`, approval)).toEqual({
    status: 202,
    body: { outcome: 'accepted' },
  })
  await second.kill()

  const lateWorker = start('worker')
  await lateWorker.says('ended')
  const third = start('server')
  const lastUrl = (await third.says('\n')).trim()
  expect(await send(`${lastUrl}/runs/${started.body.runId}`)).toEqual({
    status: 200,
    body: {
      runId: started.body.runId,
      status: 'done',
      waitingFor: [],
      output: 'Your money is on its way.',
    },
  })
  const paid = `${earlyWorker.out()}${lateWorker.out()}`.match(/paid 30 euros/g)
  expect(paid).toHaveLength(1)
})

it('the service refuses what it cannot read or does not know', { timeout: 60_000 }, async () => {
  const { start } = await service()
  const server = start('server')
  const url = (await server.says('\n')).trim()
  expect((await send(`${url}/runs`, '{')).status).toBe(400)
  expect((await send(`${url}/runs`, { prompt: 7 })).status).toBe(400)
  expect((await send(`${url}/runs/nobody`)).status).toBe(404)
  const approval = { toolCallId: 'x', approve: true }
  expect((await send(`${url}/runs/nobody/approvals`, approval)).status).toBe(404)
  expect((await send(`${url}/runs/%`)).status).toBe(400)
  expect((await send(`${url}/nowhere`)).status).toBe(404)
  expect((await send(`${url}/runs`, { prompt: 'x'.repeat(200_000) })).status).toBe(413)
  const { body } = await send(`${url}/runs`, { prompt: 'Refund order 7.' })
  const run = `${url}/runs/${body.runId}`
  expect((await send(`${run}/approvals`, { ...approval, toolCallId: '' })).status).toBe(400)
  expect((await send(`${run}/approvals`, { ...approval, by: 'Ada' })).status).toBe(400)
  expect((await send(`${run}/approvals`, approval)).status).toBe(404)
})
