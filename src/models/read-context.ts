import type { ModelResponseInput } from '../messages/index.ts'
import type { ModelSettings } from './settings.ts'

/** What a reader of responses knows besides the body. */
export interface ReadContext {
  /** Written to the response and to the parts that only their provider understands. */
  readonly providerName: string
  readonly settings: ModelSettings
}

/**
 * Makes a response out of the body that a provider answered with. Pure: whoever has the bytes can read them.
 *
 * @throws {UnexpectedModelBehavior} when the body is not what this provider's API answers with.
 */
export type ReadResponse = (body: unknown, context: ReadContext) => ModelResponseInput
