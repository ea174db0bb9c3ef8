import {
  Agent,
  ApprovalRequired,
  externalToolset,
  type ModelMessage,
  type ModelResponseInput,
  ModelRetry,
  type RunContext,
  tool,
  type Tool,
  type ToolCallPartInput,
  ToolFailed,
} from '../../../src/index.ts'
import { FunctionModel } from '../../../src/testing/index.ts'
import { prompt } from '../job.ts'
import {
  allCalls,
  callsBelow,
  type PlannedArguments,
  type PlannedCall,
  type RunPlan,
  type ToolName,
} from '../plan.ts'
import type { Effect } from './effects.ts'
import { sentBadly } from './sent-badly.ts'

/** What the agent's work runs into. */
export interface Surroundings {
  readonly effect: (effect: Effect) => void
  /** A point at which the process can die. */
  readonly pass: (point: string) => void
  readonly pause: (ms: number) => Promise<void>
}

const schema = {
  type: 'object',
  properties: {
    value: { type: 'number' },
    ms: { type: 'number' },
    verdict: { type: 'string' },
    refuses: { type: 'boolean' },
  },
  required: ['value', 'ms'],
} as const

const outputSchema = {
  type: 'object',
  properties: { total: { type: 'number' } },
  required: ['total'],
  additionalProperties: false,
} as const

/** An agent that does what the plan says, wherever its run is taken up. */
export function crashAgent(plan: RunPlan, surroundings: Surroundings) {
  const tools = plannedTools(surroundings)
  const below = new Agent({
    name: 'delegate',
    model: plannedModel(answersBelow(plan), surroundings),
    tools,
    deferred: 'wait',
  })
  const options = {
    name: 'crasher',
    model: plannedModel(answersOf(plan), surroundings),
    tools: [
      ...tools,
      below.asTool({ inputSchema: schema, prompt: (_, ctx) => ctx.toolCallId ?? '' }),
    ],
    toolsets: [externalToolset([askPerson])],
    retries: 9,
    deferred: 'wait',
  } as const
  return plan.output === 'text'
    ? new Agent(options)
    : new Agent({ ...options, output: outputSchema })
}

const askPerson = {
  name: 'ask_person',
  description: null,
  parametersJsonSchema: schema,
}

/** What a model says in a round. */
type Answers = (round: number, messages: readonly ModelMessage[]) => ModelResponseInput['parts']

function plannedModel(answers: Answers, { effect, pass, pause }: Surroundings): FunctionModel {
  return new FunctionModel(
    async (messages) => {
      const round = messages.filter(({ kind }) => kind === 'response').length
      const below = delegatedBy(messages)
      for (const told of sentBadly(messages)) effect({ kind: 'violation', told })
      effect({ kind: 'asked', round, below })
      pass('model is asked')
      await pause(round % 3)
      effect({ kind: 'answered', round, below })
      pass('model has answered')
      return {
        parts: answers(round, messages),
        usage: { inputTokens: 100 + round, outputTokens: 1 },
      }
    },
    { modelName: 'planned' },
  )
}

/** The call that has begun the run with these messages; `null` for a run by itself. */
function delegatedBy([first]: readonly ModelMessage[]): string | null {
  const [part] = first?.parts ?? []
  const content = part?.partKind === 'user-prompt' ? part.content : null
  return typeof content === 'string' && content !== prompt ? content : null
}

function answersOf(plan: RunPlan): Answers {
  return (round) => {
    const calls = plan.rounds[round]
    if (calls !== undefined) return calls.map(partOf)
    if (plan.output === 'text') return [{ partKind: 'text', content: 'That is all.' }]
    const isWrong = plan.answersTwice && round === plan.rounds.length
    const args = { total: isWrong ? 'many' : plan.seed }
    const toolCallId = `final-${round}`
    return [{ partKind: 'tool-call', toolName: 'final_result', toolCallId, args }]
  }
}

function answersBelow(plan: RunPlan): Answers {
  return (round, messages) => {
    const id = delegatedBy(messages)
    const call = allCalls(plan).find(({ toolCallId }) => toolCallId === id)
    if (round === 0 && call !== undefined) return callsBelow(call).map(partOf)
    return [{ partKind: 'text', content: 'Done below.' }]
  }
}

function partOf({ toolName, toolCallId, args }: PlannedCall): ToolCallPartInput {
  return { partKind: 'tool-call', toolName, toolCallId, args: { ...args } }
}

type Work = (args: PlannedArguments, ctx: RunContext) => unknown

function plannedTools({ effect, pass, pause }: Surroundings): readonly Tool[] {
  /** A tool whose every start and end is on record. */
  const work =
    (result: Work): Work =>
    async (args, ctx) => {
      const toolCallId = ctx.toolCallId ?? ''
      effect({ kind: 'started', toolCallId, attempt: ctx.attempt })
      pass('tool has started')
      await pause(args.ms)
      effect({ kind: 'finished', toolCallId })
      pass('tool has finished')
      return result(args, ctx)
    }
  const doubled = work(({ value }) => ({ doubled: value * 2 }))
  const make = (name: ToolName, execute: Work, options: Partial<Parameters<typeof tool>[0]> = {}) =>
    tool({
      ...options,
      name,
      inputSchema: schema,
      execute: (input, ctx: RunContext) => execute(input as PlannedArguments, ctx), // as the plan has it
    })
  return [
    make('look_up', doubled, { onCrash: 'rerun' }),
    make('charge', doubled),
    make('read_row', doubled, { onCrash: 'rerun', sequential: true }),
    make('append_row', doubled, { sequential: true }),
    make('hopeless', work(fail)),
    make('fussy', work(refuse), { onCrash: 'rerun' }),
    make('publish', doubled, { needsApproval: true }),
    make('refund', askFirst(doubled), { onCrash: 'rerun' }),
    make('hesitate', doubled, { needsApproval: true, waitTimeoutMs: 20 }),
  ]
}

function fail(): never {
  throw new ToolFailed('This never works')
}

function refuse({ value, refuses }: PlannedArguments): unknown {
  if (refuses === true) throw new ModelRetry('Try another value')
  return value
}

function askFirst(execute: Work): Work {
  return (args, ctx) => {
    if (!ctx.toolCallApproved) throw new ApprovalRequired({ metadata: { value: args.value } })
    return execute(args, ctx)
  }
}
