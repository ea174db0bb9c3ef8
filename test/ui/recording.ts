/** Makes what a server would tell of a run, for pages without a server: a small conversation, or a very long one. */
import { agentMachine, toolCallMachine } from '../../machines/index.ts'
import { graphJson } from '../../src/inspect/index.ts'
import type {
  RunState,
  ServerMessage,
  SessionSummary,
  Span,
  TakenWay,
} from '../../src/ui/protocol.ts'

const begin = Date.UTC(2026, 10, 22, 9, 30)

/** The beginning of any recording: the greeting and the charts. */
export function opening(mode: 'live' | 'file' = 'file'): ServerMessage[] {
  return [
    { type: 'hello', protocol: 1, agents: ['support'], hasStore: true, mode },
    { type: 'machine', machineId: 'agent', graph: graphJson(agentMachine) },
    { type: 'machine', machineId: 'tool-call', graph: graphJson(toolCallMachine) },
  ]
}

function summary(id: string, title: string, status: SessionSummary['status']): SessionSummary {
  return {
    id,
    kind: 'run',
    title,
    agentName: 'support',
    runId: id,
    conversationId: null,
    status,
    startedAt: new Date(begin).toISOString(),
    updatedAt: new Date(begin).toISOString(),
    forkedFrom: null,
    can: [],
  }
}

/** A run of `steps` requests to the model, of which `calls` led to a tool call. */
export function longRun(id: string, steps: number, calls: number): ServerMessage[] {
  const told: ServerMessage[] = [
    { type: 'session', session: summary(id, `Reconcile ${steps} ledger entries`, 'done') },
    {
      type: 'actor',
      session: id,
      actor: { actorId: `${id}:0`, parentId: null, name: 'run', kind: 'agent', machineId: 'agent' },
    },
  ]
  let at = begin
  let visit = 0
  let length = 0
  const move = (
    actorId: string,
    event: string,
    value: unknown,
    way: readonly [string, string],
    context?: Record<string, unknown>,
  ): void => {
    const taken: TakenWay[] = [{ source: way[0], event, targets: [way[1]] }]
    told.push({
      type: 'transition',
      session: id,
      transition: {
        actorId,
        atMs: at,
        event: { type: event },
        from: null,
        taken,
        value,
        status: 'active',
        ...(context && { context }),
      },
    })
  }
  const say = (message: unknown): void => {
    told.push({ type: 'messages', session: id, from: length++, messages: [message] })
  }
  const enter = (kind: string): void => {
    told.push({ type: 'visit', session: id, visit: { visit, kind, messageCount: length } })
  }
  const span = (
    kind: Span['kind'],
    name: string,
    lastsMs: number,
    toolCallId: string | null,
  ): void => {
    const spanId = `${kind}-${visit}`
    told.push({
      type: 'span',
      session: id,
      span: {
        spanId,
        kind,
        name,
        visit,
        startMs: at,
        endMs: at + lastsMs,
        toolCallId,
        state: 'ok',
      },
    })
    at += lastsMs
  }
  enter('user-prompt')
  say({
    kind: 'request',
    parts: [
      {
        part_kind: 'user-prompt',
        content: 'Go through the ledger, entry by entry, and say what does not add up.',
      },
    ],
    instructions: 'You are careful with money.',
  })
  move(`${id}:0`, '', { UserPrompt: { active: 'preparing' } }, [
    'UserPrompt.ready',
    'UserPrompt.active',
  ])
  for (let step = 0; step < steps; step++) {
    visit++
    enter('model-request')
    const callsTool = step < steps - 1 && step % Math.max(1, Math.floor(steps / calls)) === 0
    move(
      `${id}:0`,
      step === 0 ? 'xstate.done.actor.prepare-prompt' : 'xstate.done.actor.call-tools',
      { ModelRequest: { active: 'requesting' } },
      [step === 0 ? 'UserPrompt.active' : 'CallTools.active', 'ModelRequest.active'],
    )
    span('model', 'scripted-large', 600 + ((step * 7919) % 1400), null)
    const toolCallId = `call_${step}`
    say({
      kind: 'response',
      model_name: 'scripted-large',
      timestamp: new Date(at).toISOString(),
      usage: { input_tokens: 800 + step * 3, output_tokens: 60 + (step % 40) },
      parts: [
        {
          part_kind: 'thinking',
          content: `Entry ${step} has a debit and a credit; I compare both sides.`,
        },
        {
          part_kind: 'text',
          content: `Entry ${step}: the sums agree within a cent, and the dates lie in the same period.`,
        },
        ...(callsTool
          ? [
              {
                part_kind: 'tool-call',
                tool_name: 'read_entry',
                tool_call_id: toolCallId,
                args: JSON.stringify({ entry: step + 1, with_lines: true }),
              },
            ]
          : []),
      ],
    })
    visit++
    enter('call-tools')
    move(`${id}:0`, 'xstate.done.actor.request-model', { CallTools: { active: 'executing' } }, [
      'ModelRequest.active',
      'CallTools.active',
    ])
    if (callsTool) {
      const actorId = `${id}:${visit}:0`
      told.push({
        type: 'actor',
        session: id,
        actor: {
          actorId,
          parentId: `${id}:0`,
          name: 'call-0',
          kind: 'call',
          machineId: 'tool-call',
        },
      })
      move(actorId, 'call-started', 'executing', ['waiting', 'executing'], { toolCallId })
      span('tool', 'read_entry', 40 + ((step * 31) % 300), toolCallId)
      move(actorId, 'call-returned', 'returned', ['executing', 'returned'])
      say({
        kind: 'request',
        parts: [
          {
            part_kind: 'tool-return',
            tool_name: 'read_entry',
            tool_call_id: toolCallId,
            outcome: 'success',
            content: { entry: step + 1, debit: '120.00', credit: '120.00', account: 'travel' },
          },
        ],
      })
    } else say({ kind: 'request', parts: [{ part_kind: 'user-prompt', content: 'Go on.' }] })
    told.push({ type: 'run', session: id, run: runState(visit, step) })
  }
  move(`${id}:0`, 'xstate.done.actor.call-tools', 'End', ['CallTools.active', 'End'])
  return told
}

function runState(visit: number, step: number): RunState {
  return {
    drive: 'auto',
    visit,
    node: { kind: 'call-tools', visit, response: { parts: [] } },
    usage: { inputTokens: 800 * (step + 1), outputTokens: 70 * (step + 1), requests: step + 1 },
    stepUsage: [
      {
        visit: visit - 1,
        usage: { inputTokens: 800 + step * 3, outputTokens: 60 },
        cost: '0.00213',
      },
    ],
    cost: (0.00213 * (step + 1)).toFixed(5),
    failure: null,
    waitingFor: [],
    ledger: [],
    output: null,
  }
}
