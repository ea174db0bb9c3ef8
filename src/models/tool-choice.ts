import { UserError } from '../errors/index.ts'
import type { ToolDefinition } from '../tools/index.ts'
import type { ModelCall } from './model.ts'

/** Which tools a request is about, and whether the model has to call one. */
export interface ChosenTools {
  /** All there are, in the order in which they are sent. */
  readonly all: readonly ToolDefinition[]
  /** Those it may call, when somebody said which, in the order in which they were named. */
  readonly only?: readonly ToolDefinition[]
  readonly mode: 'auto' | 'none' | 'required'
}

/**
 * What the setting `toolChoice` means for this request. Output tools are how a run ends: `none` forbids function tools
 * only, and without text output one of the tools has to be called.
 *
 * @throws {UserError} when a tool is demanded that there is not
 */
export function chooseTools({
  parameters,
  settings: { toolChoice = 'auto' },
}: Pick<ModelCall, 'parameters' | 'settings'>): ChosenTools {
  const { functionTools, outputTools, allowTextOutput, allowImageOutput } = parameters
  const all = [...functionTools, ...outputTools]
  const open = allowTextOutput || allowImageOutput ? 'auto' : 'required'
  if (toolChoice === 'auto') return { all, mode: open }
  if (toolChoice === 'required') {
    if (functionTools.length > 0) return { all, mode: 'required' }
    throw new UserError('`toolChoice` is "required", and there are no function tools', {
      hint: 'Add a tool, or choose "auto" or "none"',
    })
  }
  if (toolChoice !== 'none' && toolChoice.length > 0) return chooseNamed(all, toolChoice)
  if (outputTools.length === 0) return { all, mode: 'none' }
  const isPlain = functionTools.length === 0 && open === 'required'
  return isPlain ? { all, mode: open } : { all, only: outputTools, mode: open }
}

function chooseNamed(all: readonly ToolDefinition[], names: readonly string[]): ChosenTools {
  const unknown = names.filter((name) => !all.some((tool) => tool.name === name))
  if (unknown.length > 0) {
    throw new UserError(`\`toolChoice\` names tools that there are not: ${unknown.join(', ')}`, {
      hint: `There are ${all.map((tool) => tool.name).join(', ') || 'none'}`,
    })
  }
  const only = [...new Set(names)].flatMap((name) => all.filter((tool) => tool.name === name))
  return { all, mode: 'required', ...(only.length < all.length && { only }) }
}
