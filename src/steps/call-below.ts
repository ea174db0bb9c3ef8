import type { NestedRun } from '../../machines/index.ts'
import type { AttachedRun, BelowTerms, RunBelow } from '../tools/index.ts'
import type { StepPorts } from './ports.ts'

/** How the run below a call is kept with it. */
export class CallBelow implements RunBelow {
  readonly #ports: StepPorts
  readonly #index: number
  readonly #nested: NestedRun | undefined
  readonly #rest: ((isWaiting: boolean) => void) | undefined
  #run: AttachedRun | undefined

  /**
   * @param call with what an earlier try of it has come to below
   * @param rest told when the run below begins to wait for somebody, and when it goes on
   */
  constructor(
    ports: StepPorts,
    { index, nested }: { readonly index: number; readonly nested: NestedRun | undefined },
    rest: ((isWaiting: boolean) => void) | undefined,
  ) {
    this.#ports = ports
    this.#index = index
    this.#nested = nested
    this.#rest = rest
  }

  get saved(): unknown {
    return this.#nested?.snapshot
  }

  get isStored(): boolean {
    return this.#ports.state.isStored
  }

  get terms(): BelowTerms {
    const { setup, clock } = this.#ports
    const { deferred, waitTimeoutMs, onWaitExpired, cancelGraceMs } = setup
    return { deferred, waitTimeoutMs, onWaitExpired, cancelGraceMs, clock }
  }

  get accept(): RunBelow['accept'] {
    return this.#ports.setup.accept
  }

  attach(run: AttachedRun): void {
    this.#run = run
    if (this.#ports.isOpen) this.#ports.runsBelow.attach(this.#index, run)
  }

  keep(): Promise<void> {
    return this.#ports.runsBelow.keep()
  }

  tell(run: NestedRun | null): void {
    this.#rest?.(run?.isWaiting === true)
    void this.#ports.report({ moves: [], nested: [{ index: this.#index, run }] })
  }

  settle(): void {
    const run = this.#run
    this.#detach()
    if (run !== undefined) this.tell(run.collect())
  }

  forget(): void {
    this.#detach()
    this.tell(null)
  }

  #detach(): void {
    if (this.#run !== undefined) this.#ports.runsBelow.detach(this.#index, this.#run)
    this.#run = undefined
  }
}
