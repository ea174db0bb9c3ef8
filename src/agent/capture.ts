import type { ModelMessage } from '../messages/index.ts'
import type { AgentRun } from '../run/index.ts'

/** Sees the messages of the first run that it is given to, whether that run ends or fails. */
export class RunCapture {
  #run: AgentRun | undefined

  /** The run; `undefined` until one was started. */
  get run(): AgentRun | undefined {
    return this.#run
  }

  /** All messages of the run so far; after a failure with what the interrupted step would have added. */
  get messages(): readonly ModelMessage[] {
    return this.#run?.allMessages() ?? []
  }

  /** Called by the agent; only the first run counts. */
  take(run: AgentRun): void {
    this.#run ??= run
  }
}

/**
 * Gets hold of a run's messages although the run may fail: give the result to one run as `capture` and read its
 * `messages` afterwards.
 */
export function captureRunMessages(): RunCapture {
  return new RunCapture()
}
