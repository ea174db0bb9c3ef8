/** What a run is to do, made from a seed. Plain data: it is handed to the process that does it. */
import { Random } from './random.ts'

export interface RunPlan {
  readonly seed: number
  /** What the model asks for, a list a response; then it answers. */
  readonly rounds: readonly (readonly PlannedCall[])[]
  readonly output: 'text' | 'structured'
  /** Structured only: the first answer does not fit, and the model is asked once more. */
  readonly answersTwice: boolean
  /** Whether the run moves on by itself. */
  readonly drive: 'step' | 'auto'
  /** How often the run looks for what was delivered, in milliseconds. */
  readonly pollMs: number
  /** Delivered while the run goes on, several times each. */
  readonly messages: readonly PlannedMessage[]
}

export interface PlannedCall {
  readonly toolCallId: string
  readonly toolName: ToolName
  readonly args: PlannedArguments
}

export interface PlannedArguments {
  readonly value: number
  /** How long the tool takes, in milliseconds. */
  readonly ms: number
  /** What somebody outside says about it, if it is asked. */
  readonly verdict?: VerdictKind
  /** The tool wants other arguments. */
  readonly refuses?: boolean
}

export type VerdictKind = 'approve' | 'override' | 'deny' | 'answer'

export interface PlannedMessage {
  readonly id: string
  readonly priority: 'asap' | 'when_idle'
  readonly content: string
  /** How many messages are saved when it comes. */
  readonly from: number
}

/** How the tools of the agent behave. */
export const toolTraits = {
  look_up: { onCrash: 'rerun' },
  charge: { onCrash: 'unknown' },
  read_row: { onCrash: 'rerun', sequential: true },
  append_row: { onCrash: 'unknown', sequential: true },
  fussy: { onCrash: 'rerun' },
  hopeless: { onCrash: 'unknown' },
  publish: { onCrash: 'unknown', asks: 'always' },
  refund: { onCrash: 'rerun', asks: 'from within' },
  /** Nobody ever says anything. */
  hesitate: { onCrash: 'unknown', asks: 'in vain' },
  ask_person: { onCrash: 'unknown', asks: 'elsewhere' },
  /** An agent, with calls of its own. */
  delegate: { onCrash: 'rerun' },
  /** No tool at all. */
  nonsense: { onCrash: 'unknown' },
} as const satisfies Record<string, ToolTraits>

export type ToolName = keyof typeof toolTraits

interface ToolTraits {
  readonly onCrash: 'rerun' | 'unknown'
  readonly sequential?: boolean
  readonly asks?: 'always' | 'from within' | 'in vain' | 'elsewhere'
}

/** What the agent asks for that a call of `delegate` begins. */
export function callsBelow({ toolCallId, args }: PlannedCall): readonly PlannedCall[] {
  const { verdict, ...rest } = args
  const below = (toolName: ToolName, more: Partial<PlannedArguments> = {}): PlannedCall => ({
    toolCallId: `${toolCallId}.${toolName}`,
    toolName,
    args: { ...rest, ...more },
  })
  const asked = verdict === undefined ? [] : [below('publish', { verdict })]
  return [below('charge'), below('look_up'), ...asked]
}

/** All calls of a plan, also those of agents below it. */
export function allCalls({ rounds }: RunPlan): readonly PlannedCall[] {
  return rounds.flat().flatMap((call) => [call, ...(isDelegated(call) ? callsBelow(call) : [])])
}

export function isDelegated({ toolName }: PlannedCall): boolean {
  return toolName === 'delegate'
}

/** Whether the tool may be started again after a crash. */
export function mayRerun(toolName: string): boolean {
  return Object.entries(toolTraits).some(
    ([name, { onCrash }]) => name === toolName && onCrash === 'rerun',
  )
}

const atOnce = [
  'look_up',
  'charge',
  'look_up',
  'charge',
  'hopeless',
  'nonsense',
  'delegate',
] as const
const inTurn = ['read_row', 'append_row'] as const
const asking = ['publish', 'refund', 'ask_person', 'delegate', 'hesitate'] as const

export function makePlan(seed: number): RunPlan {
  const random = new Random(seed)
  const output = random.pick(['text', 'structured'] as const)
  const roundCount = random.between(1, 6)
  const rounds: PlannedCall[][] = []
  for (let round = 0; round < roundCount; round += 1) {
    rounds.push(makeRound(random, round))
    const fussy = rounds.at(-1)?.find(({ args }) => args.refuses === true)
    if (fussy !== undefined) rounds.push([better(fussy, rounds.length)])
  }
  return {
    seed,
    rounds,
    output,
    answersTwice: output === 'structured' && random.chance(0.3),
    drive: random.pick(['step', 'auto']),
    pollMs: random.pick([2, 40]),
    messages: Array.from({ length: random.chance(0.5) ? random.between(1, 2) : 0 }, (_, i) => ({
      id: `message-${i}`,
      priority: random.pick(['asap', 'when_idle']),
      content: `By the way, ${i}`,
      from: random.between(1, 2 * rounds.length + 1),
    })),
  }
}

function makeRound(random: Random, round: number): PlannedCall[] {
  const kind = random.pick(['at once', 'at once', 'in turn', 'mixed', 'asking', 'fussy'] as const)
  const names = namesFor(kind)
  const count = kind === 'fussy' ? 2 : random.between(1, 4)
  return Array.from({ length: count }, (_, i) => {
    const toolName = kind === 'fussy' && i === 0 ? 'fussy' : random.pick(names)
    const verdict = verdictFor(random, toolName)
    return {
      toolCallId: `call-${round}-${i}`,
      toolName,
      args: {
        value: random.between(1, 99),
        ms: random.between(0, 4),
        ...(verdict && { verdict }),
        ...(toolName === 'fussy' && { refuses: true }),
      },
    }
  })
}

function namesFor(kind: 'at once' | 'in turn' | 'mixed' | 'asking' | 'fussy'): readonly ToolName[] {
  if (kind === 'in turn') return inTurn
  if (kind === 'asking') return [...asking, 'look_up', 'append_row']
  return kind === 'mixed' ? [...atOnce, ...inTurn, 'publish'] : atOnce
}

function verdictFor(random: Random, toolName: ToolName): VerdictKind | undefined {
  if (toolName === 'ask_person') return 'answer'
  const isAsked = ['publish', 'refund', 'delegate'].includes(toolName)
  return isAsked ? random.pick(['approve', 'approve', 'override', 'deny']) : undefined
}

function better({ toolName, args }: PlannedCall, round: number): PlannedCall {
  return { toolCallId: `better-${round}`, toolName, args: { ...args, refuses: false } }
}
