import { UserError } from '../errors/index.ts'
import type { Schema } from '../schema/index.ts'
import { isToolReturn } from './tool-return.ts'

/**
 * What a tool returned, as its `outputSchema` completes it.
 * @throws {UserError} when it does not fit: the tool's author is at fault, so the model is not asked to try again
 */
export async function checkedResult(
  name: string,
  schema: Schema,
  result: unknown,
): Promise<unknown> {
  if (isToolReturn(result)) {
    return { ...result, returnValue: await checkedResult(name, schema, result.returnValue) }
  }
  const checked = await schema.validate(result)
  if (checked.ok) return checked.value
  const [issue] = checked.issues
  const place = issue === undefined || issue.loc.length === 0 ? '' : ` at ${issue.loc.join('.')}`
  throw new UserError(
    `The return value of tool '${name}' does not fit its \`outputSchema\`${place}: ${issue?.msg ?? 'not valid'}`,
  )
}
