import type { AgentContext } from '../../machines/index.ts'
import type { ModelMessage, RequestPart } from '../messages/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'

type State = 'UserPrompt' | 'ModelRequest' | 'CallTools' | 'End'

/** The way of a run through the states at the top of its chart. */
export interface RunPath {
  /** How often each state was entered. */
  readonly entered: Readonly<Record<State, number>>
  /** How often the run went from one state to another, in the order of first times. */
  readonly taken: readonly { readonly from: State; readonly to: State; readonly count: number }[]
  /** The state whose work is next or under way; `null` at the end. */
  readonly pending: State | null
  /** What the pending state has failed with: the name of the error. */
  readonly failure: string | null
}

/**
 * The path that a run has taken, read off what it leaves behind: its messages and its node. So a run that was put away,
 * or is found in a store, has the same path as one that never stopped.
 *
 *   - Each response of the run is one visit to `ModelRequest` and one to `CallTools`.
 *   - A run whose history ends in a response, and which begins with answers to its calls, began in `CallTools`.
 *   - A step that failed or was cancelled is repeated in its state, which is entered once.
 *   - A skip by `next(node)` looks like the ordinary way to its state; a response that was enqueued counts only
 *     if it names a model.
 *
 * @param messages all that are committed, those of earlier runs included
 */
export function runPath(
  context: Pick<AgentContext, 'node' | 'newMessageIndex' | 'failure'>,
  messages: readonly ModelMessage[],
): RunPath {
  const states = statesOf(context, messages)
  const { failure } = context
  const entered = { UserPrompt: 0, ModelRequest: 0, CallTools: 0, End: 0 }
  const taken = new Map<string, { from: State; to: State; count: number }>()
  states.forEach((to, i) => {
    entered[to] += 1
    const from = states[i - 1]
    if (from === undefined) return
    const way = taken.get(`${from} ${to}`) ?? { from, to, count: 0 }
    way.count += 1
    taken.set(`${from} ${to}`, way)
  })
  const pending = stateOf[context.node.kind]
  return {
    entered,
    taken: [...taken.values()],
    pending: pending === 'End' ? null : pending,
    failure: failure === null ? null : nameOf(failure.error),
  }
}

function statesOf(
  { node, newMessageIndex }: Pick<AgentContext, 'node' | 'newMessageIndex'>,
  messages: readonly ModelMessage[],
): readonly State[] {
  const own = messages.slice(newMessageIndex)
  const responses = own.filter(
    (message) => message.kind === 'response' && message.modelName !== null,
  )
  const beginsWithCalls =
    messages[newMessageIndex - 1]?.kind === 'response' && answers(own[0] ?? requestIn(node))
  const states: State[] = [
    'UserPrompt',
    ...(beginsWithCalls ? (['CallTools'] as const) : []),
    ...responses.flatMap(() => ['ModelRequest', 'CallTools'] as const),
  ]
  const pending = stateOf[node.kind]
  if (pending === 'End' && states.at(-1) === 'UserPrompt') states.push('CallTools')
  return states.at(-1) === pending ? states : [...states, pending]
}

/** Whether a message brings results of calls. */
function answers(message: ModelMessage | undefined): boolean {
  return message?.kind === 'request' && message.parts.some(isAnswer)
}

function isAnswer({ partKind }: RequestPart): boolean {
  return partKind === 'tool-return' || partKind === 'retry-prompt'
}

function requestIn(node: NodeOrEnd): ModelMessage | undefined {
  return node.kind === 'model-request' ? node.request : undefined
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'a value that is no error'
}

const stateOf = {
  'user-prompt': 'UserPrompt',
  'model-request': 'ModelRequest',
  'call-tools': 'CallTools',
  end: 'End',
} as const
