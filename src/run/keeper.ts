import type { GraphEvent } from '../../machines/index.ts'

/** What became of a step, as far as it matters how it is saved. */
export interface SettledStep {
  /** It did its work, and has led on. */
  readonly isDone: boolean
  /** The next step begins at once. */
  readonly goesOn: boolean
  /** It leads to calls of tools, and nobody is told of it before they start. */
  readonly leadsToCalls: boolean
}

/** Whoever saves a run. */
export interface Keeper {
  /** Whether the end of the run is written, or may be. */
  readonly hasEnded: boolean
  /** Whether it was given back, so that others may drive it. */
  readonly isGivenBack: boolean
  /** Makes sure that nobody else drives the run, and takes what came from outside. */
  open(): Promise<void>
  /** Saves everything that is known. @throws what the store throws when it cannot */
  save(): Promise<void>
  /**
   * Saves what a step came to; `undefined` when it is put off, and saved before anything comes of it: the run is to go on
   * in the same tick.
   *
   * @throws as `save` does
   */
  saveStep(step: SettledStep): Promise<void> | undefined
  /** Saves what happens to calls, then tells the chart. */
  report(event: GraphEvent, mustBeSaved: boolean): Promise<void> | undefined
  /** Gives the run back: others may drive it. */
  release(isPaused?: boolean): Promise<void>
  /** Gives the run back for good: what it does from now on is not saved. */
  close(isPaused: boolean): Promise<void>
  /** Somebody drives the run: looks for what comes from outside. */
  watch(): void
  unwatch(): void
  /** Writes what has changed while the run was at rest. */
  settle?(): Promise<void>
  /** The calls have changed. */
  notice?(): void
}

/** Saves what was said; a run that was given back stays that, unless somebody drives it here by now. */
export async function saveAside(keeper: Keeper, isAtRest: () => boolean): Promise<void> {
  const isGivenBack = keeper.isGivenBack && isAtRest()
  await keeper.save()
  if (isGivenBack && isAtRest()) await keeper.release()
}
