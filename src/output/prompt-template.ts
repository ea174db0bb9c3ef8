import type { ModelProfile, OutputMode, OutputObject } from '../models/index.ts'
import type { OutputPlan } from './plan.ts'

/** The text that describes the wanted JSON to the model; `undefined` when none is sent. */
export function schemaInstructions(
  plan: OutputPlan,
  object: OutputObject | null,
  mode: OutputMode,
  profile: ModelProfile,
): string | undefined {
  if (object === null) return undefined
  const own = plan.marker?.template
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
  const shown = JSON.stringify(schema)
  return template.includes('{schema}')
    ? template.replaceAll('{schema}', () => shown)
    : `${template}\n\n${shown}`
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
