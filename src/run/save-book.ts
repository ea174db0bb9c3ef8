/**
 * What of a run is written in its store, and what the next save is made of.
 *
 *   S1. The log is written from the first message on that the store does not have.
 *   S2. A step is written as one once.
 *   S3. A step that is put off is written with what comes right after it, or by itself before the next step.
 */
import { JsonText } from '../codec/index.ts'
import { type MessageLog, messageToJson } from '../messages/index.ts'
import type { RunSave } from '../store/index.ts'
import type { Kept, SaveDraft } from './run-keeper.ts'

/** A save, and what it was made from. */
export interface Composed {
  readonly save: RunSave
  readonly draft: SaveDraft
  /** The visit of the latest step that it writes. */
  readonly stepVisit: number
}

export class SaveBook {
  #seq: number
  #log: MessageLog
  /** Of the latest step that is saved. */
  #stepVisit = -1
  #step: { readonly draft: SaveDraft; readonly taken: readonly number[] } | undefined

  constructor(kept: Kept | undefined) {
    this.#seq = kept?.seq ?? 0
    this.#log = kept?.log ?? { items: [], length: 0 }
  }

  /** Number of the latest save; 0 before the first. */
  get seq(): number {
    return this.#seq
  }

  /** A step is to be written with what comes next. @returns whether there is something to write */
  putOff(draft: SaveDraft, taken: readonly number[]): boolean {
    if (draft.visit === this.#stepVisit) return false // S2
    this.#step = { draft, taken }
    return true
  }

  /** Whether a step was put off and is not written. */
  get owesStep(): boolean {
    return this.#step !== undefined
  }

  /** The step that was put off, by itself: what came since then is not in it. */
  composeStep(): Composed | undefined {
    const step = this.#step
    return step && this.#composed(step.draft, { isStep: true, taken: step.taken })
  }

  compose(draft: SaveDraft, isStep: boolean, taken: readonly number[]): Composed {
    return this.#composed(draft, { isStep: isStep && draft.visit !== this.#stepVisit, taken }) // S2
  }

  /** The store has it. */
  saved({ save, draft, stepVisit }: Composed): void {
    this.#seq = save.seq
    this.#log = draft.log
    this.#stepVisit = stepVisit
    this.#step = undefined
  }

  #composed(draft: SaveDraft, kind: Pick<RunSave, 'isStep' | 'taken'>): Composed {
    const { log, visit } = draft
    const from = firstChange(this.#log, log)
    const step = kind.isStep ? undefined : this.#step?.draft
    const save: RunSave = {
      seq: this.#seq + (step === undefined ? 1 : 2),
      snapshot: draft.snapshot,
      messages: { from, items: textsOf(log, from) }, // S1
      status: draft.status,
      title: draft.title,
      step: draft.step,
      wakeAt: draft.wakeAt,
      awaits: draft.awaits,
      error: draft.error,
      isStep: kind.isStep,
      state: draft.state,
      taken: kind.taken,
      ...(step && { stepBefore: stepBefore(step) }), // S3
    }
    return { draft, save, stepVisit: kind.isStep ? visit : (step?.visit ?? this.#stepVisit) }
  }
}

function textsOf(log: MessageLog, from: number): readonly JsonText[] {
  const items = log.items.slice(from, log.length)
  return items.map((message, i) => new JsonText(messageToJson(message, from + i)))
}

function stepBefore({ snapshot, awaits, state, step, log }: SaveDraft) {
  return { snapshot, awaits, state, step, messageCount: log.length }
}

/** From where on the log is not what was saved; logs that went on from the saved one need no look. */
function firstChange(saved: MessageLog, log: MessageLog): number {
  if (saved.items === log.items && log.length >= saved.length) return saved.length
  const both = Math.min(saved.length, log.length)
  for (let i = 0; i < both; i += 1) if (saved.items[i] !== log.items[i]) return i
  return both
}
