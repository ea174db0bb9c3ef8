import { LeaseLostError, RunCancelledError, RunNotFoundError } from '../errors/index.ts'
import type { AgentRun } from '../run/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'

/**
 * Runs the pending node. When nothing is left to do in it but to wait for somebody outside, the run is saved and let go
 * of, unless they have spoken in the meantime.
 *
 * @returns what is waited for; `undefined` when the step is done
 * @throws as `run.next()` does
 */
export async function stepOrLetGo(run: AgentRun): Promise<readonly AwaitedCall[] | undefined> {
  const step = run.next().then(() => 'done' as const)
  for (;;) {
    if ((await Promise.race([step, whenWaiting(run, step)])) === 'done') return undefined
    await run.save().catch((error: unknown) => {
      if (isLost(error)) throw error // else: it was saved before anybody was asked
    })
    const { waitingFor } = run
    if (!run.needsSomebody) continue
    await close(run) // in the same tick: from then on it takes nothing more from outside
    return waitingFor
  }
}

/** Ends the object for good; what a stored run has come to is saved by then. */
export async function close(run: AgentRun): Promise<void> {
  await run.dispose().catch(() => run.actor.stop()) // what does not close is no reason to go on
}

/** Resolves when nothing is left to do but to wait. */
function whenWaiting(run: AgentRun, step: Promise<unknown>): Promise<'waiting'> {
  const { promise, resolve } = Promise.withResolvers<'waiting'>()
  const look = (): void => {
    if (run.needsSomebody) resolve('waiting')
  }
  const subscription = run.actor.subscribe(look)
  look()
  const stop = (): void => subscription.unsubscribe()
  void promise.then(stop)
  step.then(stop, stop)
  return promise
}

/** Whether the run is no longer this process's own. */
export function isLost(error: unknown): boolean {
  const cause = error instanceof RunCancelledError ? error.reason : error
  return cause instanceof LeaseLostError || cause instanceof RunNotFoundError
}
