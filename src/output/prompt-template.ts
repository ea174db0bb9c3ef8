import type { ModelProfile, OutputMode, OutputObject } from '../models/index.ts'

/**
 * The text that describes the wanted JSON to the model; `undefined` when none is sent.
 *
 * @param own the template that the output brings, or `false` for no text at all
 */
export function schemaInstructions(
  own: string | false | undefined,
  object: OutputObject | null,
  mode: OutputMode,
  profile: ModelProfile,
): string | undefined {
  if (object === null) return undefined
  if (own === false) return undefined
  const isNeeded = mode === 'prompted' || profile.nativeOutputRequiresSchemaInInstructions
  const template = own ?? (isNeeded ? profile.promptedOutputTemplate : undefined)
  if (template === undefined) return undefined
  const { jsonSchema, name, description } = object
  const schema = {
    ...jsonSchema,
    ...(name !== null && { title: name }),
    ...(description !== null && { description }),
  }
  const shown = spaced(schema)
  return template.includes('{schema}')
    ? template.replaceAll('{schema}', () => shown)
    : `${template}\n\n${shown}`
}

/** JSON with a blank behind each comma and colon: as the reference writes it, and as models read it most. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`).join(', ')}}`
}

/** Text without the Markdown code fence that models like to put around JSON. */
export function stripCodeFence(text: string): string {
  const open = text.indexOf('```')
  if (open < 0 || text.trimStart().startsWith('{')) return text
  const start = text.indexOf('\n', open)
  if (start < 0) return text
  const end = text.lastIndexOf('```')
  return text.slice(start + 1, end > start ? end : undefined).trim()
}
