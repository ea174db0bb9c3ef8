import { type Model, type ModelInput, toModel } from '../models/index.ts'
import type { RunContext } from '../tools/index.ts'
import type { StepPorts } from './ports.ts'
import { StepContext } from './step-context.ts'

/** Chooses the model of a step, before each request; `undefined` leaves it to the run's own. */
export type SelectModel<TDeps = unknown> = (
  ctx: RunContext<TDeps>,
) => ModelInput | undefined | Promise<ModelInput | undefined>

/** The model that was chosen last, and what it was made from: the same again is the same model. */
export interface SelectedModel {
  readonly given: ModelInput
  readonly model: Model
}

/** Makes the step one with the model that this request goes to. What was prepared for another model is forgotten. */
export async function selectModel(ports: StepPorts, step: number): Promise<void> {
  const { setup, memo } = ports
  const { selected } = memo
  const given = (await setup.selectModel?.(new StepContext(ports, { step }))) ?? setup.model
  if (given !== selected?.given) {
    memo.selected = { given, model: toModel(given) }
    memo.tools = undefined
    memo.parameters = undefined
  }
  useSelected(ports)
}

/** The step is one with the model that was asked last. */
export function useSelected(ports: StepPorts): void {
  const { selected } = ports.memo
  if (selected !== undefined) ports.useModel(selected.model)
}
