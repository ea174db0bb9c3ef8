import type { InstructionPart, InstructionsResult, Toolset } from '../toolsets/index.ts'
import type { RunContext } from '../tools/index.ts'
import type { RunSetup } from './ports.ts'

/** Text for the model, or a function that makes it anew for every request; `null`, `undefined` and '' add nothing. */
export type Instruction<TDeps> =
  | string
  | ((ctx: RunContext<TDeps>) => MaybeText | Promise<MaybeText>)

/** A text, or nothing to say: `null`, `undefined` and '' are the same. */
export type MaybeText = string | null | undefined

/**
 * The instructions of one request: fixed texts joined into one part, then texts made for this request; fixed ones
 * first. Blank ones are left out.
 */
export function instructionsFor(
  { instructions }: RunSetup,
  toolset: Toolset,
  context: () => RunContext,
): readonly InstructionPart[] | Promise<readonly InstructionPart[]> {
  const known = toolset.instructions === undefined ? fixedInstructions.get(instructions) : undefined
  if (known !== undefined) return known
  if (toolset.instructions !== undefined || !instructions.every(isFixed)) {
    return freshInstructions(instructions, toolset, context())
  }
  const parts = fixedParts(instructions)
  fixedInstructions.set(instructions, parts)
  return parts
}

/** Parts by the list they were made from, which an agent keeps. */
const fixedInstructions = new WeakMap<readonly unknown[], readonly InstructionPart[]>()

function isFixed(instruction: Instruction<unknown>): instruction is string {
  return typeof instruction === 'string'
}

function fixedParts(texts: readonly string[]): readonly InstructionPart[] {
  const content = texts.join('\n')
  return content.trim() === '' ? [] : [{ content, dynamic: false }]
}

async function freshInstructions(
  instructions: readonly Instruction<unknown>[],
  toolset: Toolset,
  ctx: RunContext,
): Promise<readonly InstructionPart[]> {
  const fixed: string[] = []
  const parts: InstructionPart[] = []
  for (const instruction of instructions) {
    if (typeof instruction === 'string') fixed.push(instruction)
    else parts.push({ content: (await instruction(ctx)) ?? '', dynamic: true })
  }
  const all = [...fixedParts(fixed), ...parts, ...(await ofToolset(toolset, ctx))]
  return sortInstructions(all.filter(({ content }) => content.trim() !== ''))
}

/** Fixed parts first, so that providers can cache the longest beginning; else in the order given. */
export function sortInstructions(parts: readonly InstructionPart[]): readonly InstructionPart[] {
  return [...parts.filter((part) => !part.dynamic), ...parts.filter((part) => part.dynamic)]
}

/** The parts as one text; `null` when there is nothing to say. */
export function joinInstructions(parts: readonly InstructionPart[]): string | null {
  if (parts.length === 0) return null
  const known = joined.get(parts)
  if (known !== undefined) return known
  const text = parts.map(({ content }) => content).join('\n\n')
  const shown = text.trim() || null
  joined.set(parts, shown)
  return shown
}

/** Texts by the parts they were made from: fixed ones are the same in each request. */
const joined = new WeakMap<readonly InstructionPart[], string | null>()

async function ofToolset(toolset: Toolset, ctx: RunContext): Promise<readonly InstructionPart[]> {
  const result: InstructionsResult = await toolset.instructions?.(ctx)
  if (result === null || result === undefined) return []
  return typeof result === 'string' ? [{ content: result, dynamic: false }] : result
}
