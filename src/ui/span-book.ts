import { type AgentContext, isSettled, type LedgerEntry } from '../../machines/index.ts'
import type { Span } from './protocol.ts'

/** What a span is made from: a run at one moment. */
export interface Moment {
  readonly context: Pick<AgentContext, 'visit' | 'node' | 'ledger' | 'failure' | 'unsaved'>
  /** State value of the run's chart. */
  readonly value: unknown
  readonly modelName: string
  readonly atMs: number
}

/** Tells how long models and tools take, from what a run looks like over time. */
export class SpanBook {
  readonly #tell: (span: Span) => void
  readonly #open = new Map<string, Span>()
  /** How many spans each call or request has had. */
  readonly #counts = new Map<string, number>()
  #visit = { number: -1, startMs: 0 }

  constructor(tell: (span: Span) => void) {
    this.#tell = tell
  }

  observe(moment: Moment): void {
    const { context, atMs } = moment
    if (context.visit !== this.#visit.number) {
      this.#closeAll(moment, 'ok')
      this.#counts.clear()
      this.#visit = { number: context.visit, startMs: atMs }
    }
    this.#model(moment)
    for (const entry of context.ledger) this.#call(entry, moment)
    const isAtRest = !isAtWork(moment.value)
    if (isAtRest) this.#closeAll(moment, context.failure === null ? 'ok' : 'failed')
  }

  #model(moment: Moment): void {
    const isAsking = isAtWork(moment.value, 'ModelRequest')
    const open = this.#open.get('model')
    if (isAsking && open === undefined) this.#start('model', moment, { name: moment.modelName })
    if (!isAsking && open !== undefined)
      this.#end('model', moment, moment.context.failure === null ? 'ok' : 'failed')
  }

  #call(entry: LedgerEntry, moment: Moment): void {
    const { index, toolName, toolCallId, state } = entry
    const key = `call-${index}`
    const open = this.#open.get(key)
    const phase = phaseOf(state)
    if (phase === 'idle' || open?.state === phase) return
    if (open !== undefined) this.#end(key, moment, endOf(open, state))
    if (phase !== 'over') {
      this.#start(key, moment, { name: toolName, toolCallId, state: phase })
    } else if (open === undefined && !this.#counts.has(key) && state !== 'skipped') {
      const { startMs } = this.#visit // it began and ended between two moments
      this.#start(key, { ...moment, atMs: startMs }, { name: toolName, toolCallId })
      this.#end(key, moment, state === 'returned' ? 'ok' : 'failed')
    }
  }

  #start(
    key: string,
    { context: { visit }, atMs }: Moment,
    facts: Pick<Span, 'name'> & Partial<Pick<Span, 'toolCallId' | 'state'>>,
  ): void {
    const count = this.#counts.get(key) ?? 0
    this.#counts.set(key, count + 1)
    const span: Span = {
      spanId: `${visit}/${key}/${count}`,
      kind: key === 'model' ? 'model' : 'tool',
      visit,
      startMs: atMs,
      endMs: null,
      toolCallId: null,
      state: 'running',
      ...facts,
    }
    this.#open.set(key, span)
    this.#tell(span)
  }

  #end(key: string, { atMs, context }: Moment, state: Span['state']): void {
    const span = this.#open.get(key)
    if (span === undefined) return
    this.#open.delete(key)
    const answeredBy = modelIn(context)
    const name = span.kind === 'model' ? (answeredBy ?? span.name) : span.name
    this.#tell({ ...span, name, endMs: atMs, state })
  }

  #closeAll(moment: Moment, state: Span['state']): void {
    for (const [key, span] of this.#open)
      this.#end(key, moment, span.state === 'waiting' ? 'waiting' : state)
  }
}

/** Whether a step is at work; of the state, if one is named. */
export function isAtWork(value: unknown, state?: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([name, inner]) => (state ?? name) === name && innerName(inner) === 'active',
  )
}

function innerName(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.keys(value)[0] : value
}

function phaseOf(state: LedgerEntry['state']): 'idle' | 'running' | 'waiting' | 'over' {
  if (state === 'awaitingApproval' || state === 'awaitingAnswer') return 'waiting'
  if (state === 'executing') return 'running'
  return isSettled(state) || state === 'interrupted' ? 'over' : 'idle'
}

function endOf(open: Span, state: LedgerEntry['state']): Span['state'] {
  if (open.state === 'waiting') return 'waiting'
  const isWell = state === 'returned' || state === 'awaitingApproval' || state === 'awaitingAnswer'
  return isWell || state === 'deferred' ? 'ok' : 'failed'
}

/** The model that has answered; a run that is stored holds its response back until it is saved. */
function modelIn({ node, unsaved }: Moment['context']): string | null {
  const next = unsaved?.kind === 'advanced' ? unsaved.node : node
  return next.kind === 'call-tools' ? next.response.modelName : null
}
