import type {
  DeferredToolRequests,
  DeferredToolResults,
  ModelMessage,
} from '../../messages/index.ts'
import type { AgentRun, AgentStream } from '../../run/index.ts'
import { addUsage, RunUsage } from '../../usage/index.ts'
import type { AgentModule } from '../agent-module.ts'
import type { Desk } from './desk.ts'
import { TurnView } from './turn-view.ts'

/** What a turn starts from. */
export interface TurnStart extends AgentModule {
  readonly prompt: string
  readonly history: readonly ModelMessage[]
  /** Instead of the agent's. */
  readonly model: string | undefined
  /** Cancels the turn. */
  readonly signal: AbortSignal
}

/** How a turn ended, and what is said now. */
export interface TurnEnd {
  readonly messages: readonly ModelMessage[]
  readonly usage: RunUsage
  readonly outcome: 'done' | 'interrupted' | 'failed'
  /** What a failed turn failed with. */
  readonly error?: unknown
  /** The last run of the turn; `undefined` when none could be started. */
  readonly run: AgentRun | undefined
}

/**
 * From a prompt to the answer. A run that stops because calls wait for a person is followed by one that goes on from the
 * decisions, also when the agent's output does not provide for that: its history holds all that is needed.
 */
export async function takeTurn(start: TurnStart, desk: Desk): Promise<TurnEnd> {
  const { signal } = start
  let [messages, usage] = [start.history, RunUsage()]
  let [prompt, results]: [string | null, DeferredToolResults?] = [start.prompt]
  let run: AgentRun | undefined
  for (;;) {
    let stream: AgentStream
    try {
      stream = streamOf(start, prompt, messages, results)
    } catch (error) {
      return { messages, usage, outcome: 'failed', error, run }
    }
    const told = await follow(stream, desk)
    run = stream.run
    messages = run.allMessages()
    usage = addUsage(usage, run.usage)
    const facts = { messages, usage, run }
    if (told.requests === undefined || signal.aborted) {
      if (!('error' in told)) return { ...facts, outcome: 'done' }
      return { ...facts, outcome: signal.aborted ? 'interrupted' : 'failed', error: told.error }
    }
    results = await desk.decide(told.requests)
    if (results === undefined || signal.aborted) return { ...facts, outcome: 'interrupted' }
    prompt = null
  }
}

function streamOf(
  { agent, options, model, signal }: TurnStart,
  prompt: string | null,
  messageHistory: readonly ModelMessage[],
  deferredToolResults: DeferredToolResults | undefined,
): AgentStream {
  return agent.stream(prompt, {
    ...options,
    messageHistory,
    signal,
    ...(model !== undefined && { model }),
    deferred: 'end', // the chat is the one who decides, whatever the agent's runs do elsewhere
    ...(deferredToolResults && { deferredToolResults }),
  })
}

/** What came of a run besides what it has printed. */
interface Told {
  /** Calls that the run stopped for. */
  readonly requests: DeferredToolRequests | undefined
  readonly error?: unknown
}

async function follow(stream: AgentStream, desk: Desk): Promise<Told> {
  const view = new TurnView(() => performance.now())
  let requests: DeferredToolRequests | undefined
  desk.show([], view.live)
  try {
    for await (const event of stream) {
      if (event.eventKind === 'deferred_tool_requests') requests = event.requests
      desk.show(view.add(event), view.live)
    }
    return { requests }
  } catch (error) {
    return { requests, error }
  } finally {
    desk.show(view.end())
  }
}
