/** A snapshot that does not fit the agent is refused, and what was agreed on for the run holds when it is resumed. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { SnapshotMismatchError, UsageLimitExceeded } from '../../src/errors/index.ts'
import { deferredToolRequests, text } from '../../src/output/index.ts'
import type { AgentRun } from '../../src/run/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { functionToolset } from '../../src/toolsets/index.ts'
import { call, outline, rejection, says, script } from '../agent/script.ts'

const ping = tool({ name: 'ping', execute: () => 'pong' })
const model = (): ScriptedModel => script([call('ping')], 'done')

/** What another process gets. */
function paper(run: AgentRun): unknown {
  return JSON.parse(JSON.stringify(run.snapshot()))
}

function refused(resume: () => unknown): SnapshotMismatchError {
  try {
    resume()
  } catch (error) {
    if (error instanceof SnapshotMismatchError) return error
    throw error
  }
  throw new Error('It was not refused')
}

describe('tools', () => {
  /** A run whose model has called `ping`, which is not run yet. */
  async function called(): Promise<unknown> {
    const run = new Agent({ model: model(), tools: [ping] }).iter('Go')
    while (run.nextNode.kind !== 'call-tools') await run.next()
    return paper(run)
  }
  const pinged = tool({ name: 'new_ping', execute: () => 'new pong' })

  it('that are missing are named, with the way out', async () => {
    const snapshot = await called()
    const agent = new Agent({ model: script('done'), tools: [pinged] })
    const mismatches = [
      {
        kind: 'tool',
        name: 'ping',
        message:
          "the tool 'ping' is missing (`accept: { tools: { 'ping': 'its new name' } }`, or null when it is gone)",
      },
    ]
    expect(agent.check(snapshot)).toEqual(mismatches)
    expect(refused(() => agent.resume(snapshot)).mismatches).toEqual(mismatches)
  })

  it('may have another name now; calls keep the one that the model used', async () => {
    const agent = new Agent({ model: script('done'), tools: [pinged] })
    const accept = { tools: { ping: 'new_ping' } }
    expect(agent.check(await called(), { accept })).toEqual([])
    const run = agent.resume(await called(), { accept })
    await run.finish()
    expect(outline(run.allMessages())[2]).toEqual(['ping returned: new pong'])
  })

  it('may not have a new name that nobody has', async () => {
    const snapshot = await called()
    const agent = new Agent({ model: script('done'), tools: [pinged] })
    const accept = { tools: { ping: 'nowhere' } }
    const { mismatches } = refused(() => agent.resume(snapshot, { accept }))
    expect(mismatches[0]?.message).toContain("the tool 'ping' (now 'nowhere') is missing")
  })

  it('may be gone; the model is told that a call of theirs knows no such tool', async () => {
    const agent = new Agent({ model: script('done'), tools: [pinged] })
    const run = agent.resume(await called(), { accept: { tools: { ping: null } } })
    await run.finish()
    expect(outline(run.allMessages())[2]?.[0]).toMatch(/^ping retry: Unknown tool name: 'ping'/)
  })

  const asking = (name: string) => tool({ name, needsApproval: true, execute: () => 'ok' })
  const accept = { tools: { old: 'now' } }

  it('that an open call knows by another name are named again when it is put away twice', async () => {
    const before = new Agent({ model: script([call('old')]), tools: [asking('old')] })
    const run = before.iter('Go', { deferred: 'wait' })
    await run.proceed()
    const agent = new Agent({ model: script('done'), tools: [asking('now')] })
    const again = agent.resume(paper(run), { accept })
    const second = paper(again)
    expect(agent.check(second)).toMatchObject([{ kind: 'tool', name: 'old' }])
    const third = agent.resume(second, { accept })
    await third.approve('old')
    expect((await third.finish()).output).toBe('done')
    expect(agent.check(paper(third))).toEqual([])
  })

  it('of a run below are checked and accepted with those above', async () => {
    const clerk = (name: string, answers: ScriptedModel) =>
      new Agent({ name: 'clerk', model: answers, tools: [asking(name)] }).asTool()
    const before = new Agent({
      model: script([call('clerk', { prompt: 'Go' })]),
      tools: [clerk('old', script([call('old')]))],
    })
    const run = before.iter('Go', { deferred: 'wait' })
    await run.proceed()
    const agent = new Agent({ model: script('done'), tools: [clerk('now', script('fine'))] })
    const [mismatch, ...others] = agent.check(paper(run))
    expect(others).toEqual([])
    expect(mismatch).toMatchObject({ kind: 'tool', name: 'old' })
    expect(mismatch?.message).toMatch(/^below 'clerk', the tool 'old' is missing/)
    const again = agent.resume(paper(run), { accept })
    await again.approve('old', { path: ['clerk'] })
    expect((await again.finish()).output).toBe('done')
  })

  it('may be new', async () => {
    const agent = new Agent({ model: script('done'), tools: [ping, pinged] })
    expect(agent.check(await called())).toEqual([])
  })
})

describe('agent and output', () => {
  const resumable = (options: object): unknown =>
    paper(new Agent({ model: script('done'), ...options }).iter('Go'))

  it('of another name are another agent, unless that is accepted', () => {
    const snapshot = resumable({ name: 'one' })
    const other = new Agent({ name: 'other', model: script('done') })
    const { mismatches } = refused(() => other.resume(snapshot))
    expect(mismatches).toMatchObject([{ kind: 'agent', name: 'one' }])
    expect(mismatches[0]?.message).toContain("it is a run of 'one' and this is 'other'")
    expect(other.check(snapshot, { accept: { agent: true } })).toEqual([])
  })

  it.each([
    { why: 'another schema', was: z.object({ a: z.string() }), is: z.object({ a: z.number() }) },
    { why: 'text now', was: z.object({ a: z.string() }), is: undefined },
    { why: 'no deferred calls now', was: [text, deferredToolRequests], is: text },
  ])('with $why are refused, unless that is accepted', ({ was, is }) => {
    const snapshot = resumable(was === undefined ? {} : { output: was })
    const other = new Agent({ model: script('done'), ...(is && { output: is }) })
    expect(refused(() => other.resume(snapshot)).mismatches).toMatchObject([{ kind: 'output' }])
    expect(other.check(snapshot, { accept: { output: true } })).toEqual([])
  })

  it('that were declared alike are the same, in whatever process', () => {
    const output = () => z.object({ a: z.string(), b: z.array(z.number()) })
    const snapshot = resumable({ output: output() })
    expect(new Agent({ model: script('done'), output: output() }).check(snapshot)).toEqual([])
  })

  it('that differ in several ways are told of all of them', () => {
    const snapshot = resumable({ name: 'one', tools: [ping], output: z.object({ a: z.string() }) })
    const other = new Agent({ name: 'other', model: script('done') })
    const error = refused(() => other.resume(snapshot))
    expect(error.mismatches.map(({ kind }) => kind)).toEqual(['agent', 'tool', 'output'])
    for (const { message } of error.mismatches) expect(error.message).toContain(message)
  })
})

describe('an option of the run that cannot be written down is to be given again', () => {
  const pong = functionToolset([tool({ name: 'pong', execute: () => 'ping' })])
  const headers = { extraHeaders: { authorization: 'secret' } }
  const options = {
    deps: { db: 1 },
    model: script('done'),
    toolsets: [pong],
    output: z.object({ a: z.string() }),
    instructions: ['Be kind.', () => 'Be brief.'],
    selectModel: () => undefined,
    metadata: () => ({ who: 'Ada' }),
    modelSettings: { temperature: 1, ...headers },
  }

  it.each(Object.entries(options))('`%s`', (name, value) => {
    const agent = new Agent({ model: script('done') })
    const given = { [name]: value }
    const run = agent.iter('Go', given)
    const snapshot = paper(run)
    const { mismatches } = refused(() => agent.resume(snapshot))
    expect(mismatches).toContainEqual({
      kind: 'option',
      name,
      message: `the option \`${name}\` is to be given again`,
    })
    expect(agent.check(snapshot, given)).toEqual([])
    const bound = agent.with(given as object).check(snapshot)
    expect(bound.map(({ name: option }) => option)).toEqual(name === 'deps' ? [] : [name])
    const again = agent.resume(snapshot, given)
    expect(paper(again)).toEqual(snapshot)
    expect(() => agent.resume(paper(again))).toThrow(SnapshotMismatchError)
  })

  it('whatever is bound to the agent besides', async () => {
    const answers = script('done')
    const agent = new Agent({ model: answers }).with({ instructions: 'Be kind.' })
    const instructions = () => 'Never give refunds.'
    const snapshot = paper(agent.iter('Go', { instructions }))
    expect(agent.check(snapshot)).toMatchObject([{ kind: 'option', name: 'instructions' }])
    expect(agent.check(snapshot, { instructions: [] })).toHaveLength(1)
    await agent.resume(snapshot, { instructions }).finish()
    expect(answers.calls[0]?.parameters.instructions).toBe('Be kind.\n\nNever give refunds.')
  })

  it('but nothing that can be', () => {
    const agent = new Agent({ model: script('done') })
    const plain = {
      model: 'openai:gpt-5.2',
      instructions: 'Be kind.',
      modelSettings: { temperature: 1 },
      metadata: { who: 'Ada' },
      retries: 3,
    }
    expect(agent.check(paper(agent.iter('Go', plain)))).toEqual([])
  })

  it('and is never part of the snapshot', () => {
    const agent = new Agent({ model: script('done') })
    const written = JSON.stringify(
      paper(agent.iter('Go', { modelSettings: options.modelSettings })),
    )
    expect(written).not.toMatch(/secret|extraHeaders|authorization/)
  })
})

describe('what was agreed on for a run holds when it is resumed', () => {
  /** Resumes after each node. */
  async function inPieces(agent: Agent<unknown, unknown>, first: AgentRun): Promise<AgentRun> {
    let run = first
    while (run.nextNode.kind !== 'end') {
      run = agent.resume(paper(run))
      await run.next()
    }
    return run
  }

  it('instructions and settings', async () => {
    const answers = model()
    const agent = new Agent({ model: answers, tools: [ping], instructions: 'Work.' })
    const modelSettings = { temperature: 0.5, maxTokens: 9 }
    const run = agent.iter('Go', { instructions: ['Be kind.', 'Be brief.'], modelSettings })
    await inPieces(agent, run)
    expect(answers.calls).toHaveLength(2)
    for (const { parameters, settings } of answers.calls) {
      expect(parameters.instructions).toBe('Work.\nBe kind.\nBe brief.')
      expect(settings).toEqual(modelSettings)
    }
  })

  it.each([{ retries: 2 }, { retries: { tools: 2 } }])('retries: %j', async (options) => {
    let tries = 0
    const moody = tool({
      name: 'moody',
      inputSchema: z.object({ n: z.number() }),
      execute: () => {
        tries += 1
        return 'fine'
      },
    })
    const bad = [call('moody', { n: 'x' })]
    const agent = new Agent({
      model: script(bad, bad, [call('moody', { n: 1 })], 'done'),
      tools: [moody],
    })
    const run = await inPieces(agent, agent.iter('Go', options))
    expect(run.result?.output).toBe('done')
    expect(tries).toBe(1)
  })

  it('the end strategy', async () => {
    const parts = [call('final_result', { a: 'x' }), call('ping')]
    const output = z.object({ a: z.string() })
    const agent = new Agent({ model: script(parts), tools: [ping], output })
    const run = await inPieces(agent, agent.iter('Go', { endStrategy: 'early' }))
    expect(outline(run.allMessages())[2]?.[1]).toMatch(/^ping returned: Tool not executed/)
  })

  it('what becomes of calls that need somebody', async () => {
    const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
    const agent = new Agent({ model: script([call('pay')], 'done'), tools: [pay] })
    const run = agent.iter('Go', { deferred: 'wait', waitTimeoutMs: 5_000 })
    expect(await run.proceed()).toBe('waiting')
    const again = agent.resume(paper(run))
    expect(again.waitingFor).toEqual(run.waitingFor)
    await again.approve('pay')
    expect(await again.proceed()).toBe('ended')
  })

  it('limits, also those that were raised on the way', async () => {
    const agent = new Agent({
      model: script([call('ping')], [call('ping')], 'done'),
      tools: [ping],
    })
    const run = agent.iter('Go', { usageLimits: { requestLimit: 1 } })
    await rejection(run.finish())
    const again = agent.resume(paper(run))
    const error = await rejection(again.next())
    expect(error).toBeInstanceOf(UsageLimitExceeded)
    expect(error).toMatchObject({ message: expect.stringContaining('request_limit of 1') })
    await again.next(undefined, { usageLimits: { requestLimit: 2 } })
    const third = agent.resume(paper(again))
    const other = await rejection(third.finish())
    expect(other).toMatchObject({ message: expect.stringContaining('request_limit of 2') })
    expect(third.usage.requests).toBe(2)
  })

  it('a response that was paid for is taken once the limit is raised, and not asked for again', async () => {
    const usage = { inputTokens: 1, outputTokens: 100 }
    const answers = new ScriptedModel([{ parts: [says('long')], usage }])
    const agent = new Agent({ model: answers })
    const run = agent.iter('Go', { usageLimits: { outputTokensLimit: 10 } })
    await rejection(run.finish())
    const again = agent.resume(paper(run))
    await again.next(undefined, { usageLimits: { outputTokensLimit: null } })
    const { output } = await again.finish()
    expect(output).toBe('long')
    expect(answers.calls).toHaveLength(1)
    expect(again.usage).toMatchObject({ requests: 1, outputTokens: 100 })
  })

  it('also when a part of it is given as `undefined`', () => {
    const agent = new Agent({ model: script('done') })
    const snapshot = paper(agent.iter('Go', { retries: 5, cancelGraceMs: 7 }))
    const unsaid: object = { retries: undefined, cancelGraceMs: undefined }
    expect(paper(agent.resume(snapshot, unsaid))).toEqual(snapshot)
  })

  it('once, however often its texts are given again', async () => {
    const answers = script('done')
    const agent = new Agent({ model: answers })
    const options = { instructions: ['Be kind.', 'Be brief.'] }
    const snapshot = paper(agent.iter('Go', options))
    const again = paper(agent.resume(snapshot, options))
    expect(again).toEqual(snapshot)
    await agent.resume(again, { instructions: ['Be brief.', 'Be fair.'] }).finish()
    expect(answers.calls[0]?.parameters.instructions).toBe('Be kind.\nBe brief.\nBe fair.')
  })

  it('unless another is given now', async () => {
    const answers = model()
    const agent = new Agent({ model: answers, tools: [ping] })
    const run = agent.iter('Go', { modelSettings: { temperature: 0.5, maxTokens: 9 } })
    const again = agent.resume(paper(run), { modelSettings: { temperature: 1 } })
    await agent.resume(paper(again)).finish()
    expect(answers.calls[0]?.settings).toEqual({ temperature: 1, maxTokens: 9 })
  })

  it('while what is the agent’s may change with it', async () => {
    const run = new Agent({ model: script('done'), instructions: 'Old.', retries: 1 }).iter('Go')
    const answers = script('done')
    await new Agent({ model: answers, instructions: 'New.', retries: 2 })
      .resume(paper(run))
      .finish()
    expect(answers.calls[0]?.parameters.instructions).toBe('New.')
  })
})
