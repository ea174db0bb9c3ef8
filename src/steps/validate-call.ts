import { parseArguments, type Schema, type ValidationResult } from '../schema/index.ts'
import type { CheckedArguments, PhaseCall } from './phase-call.ts'
import { type StepTools, toolNames } from './step-tools.ts'

/** Checks the arguments of a call that is not an output. */
export function checkArguments(
  call: PhaseCall,
  tools: StepTools,
): CheckedArguments | Promise<CheckedArguments> {
  const { offered, part, given } = call
  if (offered === undefined) return { ok: false, content: unknownTool(part.toolName, tools) }
  if (offered.kind === 'output') throw new Error('Outputs are checked by their own schema')
  const args = given?.kind === 'approved' ? (given.args ?? part.args) : part.args
  return readArguments(args, offered.tool.inputSchema)
}

/** The arguments as the schema completes them; a promise only if the schema's own check is one. */
export function readArguments(
  args: PhaseCall['part']['args'],
  schema: Pick<Schema, 'validate'>,
): CheckedArguments | Promise<CheckedArguments> {
  const parsed = parseArguments(args)
  if (!parsed.ok) return { ok: false, content: parsed.issues }
  const result = schema.validate(parsed.value)
  return 'then' in result ? result.then(checked) : checked(result)
}

function checked(result: ValidationResult<unknown>): CheckedArguments {
  return result.ok ? { ok: true, input: result.value } : { ok: false, content: result.issues }
}

function unknownTool(name: string, tools: StepTools): string {
  const names = toolNames(tools)
  const known = names.map((other) => `'${other}'`).join(', ')
  return `Unknown tool name: '${name}'. ${names.length > 0 ? `Available tools: ${known}` : 'No tools available.'}`
}
