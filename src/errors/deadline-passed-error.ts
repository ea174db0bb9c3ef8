import { AgentError } from './agent-error.ts'

/** What a deadline holds for. */
export type DeadlineScope = 'run' | 'model-request' | 'tool-phase'

/** A run, a model request or a tool phase took longer than its `timeoutMs`. The run rests where it was. */
export class DeadlinePassedError extends AgentError {
  override name = 'DeadlinePassedError' as const
  readonly scope: DeadlineScope

  constructor(scope: DeadlineScope) {
    const hint =
      scope === 'run'
        ? 'Go on with `next(node, { timeoutMs })`, which sets a new deadline'
        : 'Going on tries it once more, with as much time'
    super(`The deadline of the ${words[scope]} has passed`, { hint })
    this.scope = scope
  }
}

const words: Readonly<Record<DeadlineScope, string>> = {
  run: 'run',
  'model-request': 'model request',
  'tool-phase': 'tool phase',
}
