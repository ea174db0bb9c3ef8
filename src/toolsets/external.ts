import { jsonSchema } from '../schema/index.ts'
import { checkToolName, type ToolDefinition } from '../tools/index.ts'
import { checkDistinct } from './names.ts'
import { labelled, type Toolset, type ToolsetTool } from './toolset.ts'

/** A tool that runs elsewhere. */
export type ExternalToolDefinition = Omit<ToolDefinition, 'kind'>

/**
 * Tools that run elsewhere, such as in the user's browser: a call of one ends the run with a deferred request, and the
 * answer comes with the next run.
 * @throws UserError for bad or equal names
 */
export function externalToolset(
  definitions: readonly ExternalToolDefinition[],
  options: { readonly id?: string } = {},
): Toolset {
  const { id } = options
  checkDistinct(definitions.map(({ name }) => checkToolName(name)))
  const tools = Object.freeze(definitions.map(externalTool))
  return {
    id,
    label: labelled('externalToolset', id),
    toolNames: definitions.map(({ name }) => name),
    tools: () => tools,
  }
}

function externalTool(definition: ExternalToolDefinition): ToolsetTool {
  return Object.freeze({
    definition: Object.freeze({ ...definition, kind: 'external' } as const),
    // Whoever answers the call judges its arguments; here they only have to be an object.
    inputSchema: jsonSchema(definition.parametersJsonSchema, {
      validate: (value) => ({ ok: true, value }),
    }),
    maxRetries: 0,
    onCrash: 'unknown',
    needsApproval: undefined,
    execute: () => {
      throw new Error('External tools cannot be called')
    },
  })
}
