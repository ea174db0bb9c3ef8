import { FallbackExhaustedError, ModelAPIError, UserError } from '../errors/index.ts'
import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'

type Verdict = boolean | Promise<boolean>

/** Judges a response that came in full. */
export interface BadResponse {
  readonly badResponse: (response: ModelResponse | ModelResponseInput) => boolean | Promise<boolean>
}

/** When the next model is asked: errors of a class, errors that a function says yes to, bad responses. */
export type FallbackCondition =
  | (abstract new (...args: never[]) => Error)
  | ((error: unknown) => boolean | Promise<boolean>)
  | BadResponse

/** What was declared, ready to be asked. */
export interface FallbackConditions {
  readonly isFailure: (error: unknown) => Promise<boolean>
  readonly isBad: (response: ModelResponse | ModelResponseInput) => Promise<boolean>
}

/** The provider could not be asked or did not answer; so too when it is a fallback itself. */
const usual: readonly FallbackCondition[] = [ModelAPIError, FallbackExhaustedError]

/** @throws {UserError} for an empty list, with which no second model would ever be asked */
export function fallbackConditions(
  declared: FallbackCondition | readonly FallbackCondition[] = usual,
): FallbackConditions {
  const conditions = isList(declared) ? declared : [declared]
  if (conditions.length === 0) {
    throw new UserError('With an empty `fallbackOn` no other model is ever asked', {
      hint: 'Leave it out to fall back on every `ModelAPIError`',
    })
  }
  const ofErrors = conditions.filter((condition) => typeof condition === 'function')
  const ofResponses = conditions.filter((condition) => typeof condition !== 'function')
  return {
    isFailure: (error) => some(ofErrors, (condition) => holds(condition, error)),
    isBad: (response) => some(ofResponses, ({ badResponse }) => badResponse(response)),
  }
}

function isList(
  declared: FallbackCondition | readonly FallbackCondition[],
): declared is readonly FallbackCondition[] {
  return Array.isArray(declared)
}

function holds(condition: Exclude<FallbackCondition, BadResponse>, error: unknown): Verdict {
  return isErrorClass(condition) ? error instanceof condition : condition(error)
}

function isErrorClass(
  condition: Exclude<FallbackCondition, BadResponse>,
): condition is abstract new (...args: never[]) => Error {
  const prototype: unknown = condition.prototype
  return prototype instanceof Error || prototype === Error.prototype
}

async function some<TItem>(
  items: readonly TItem[],
  test: (item: TItem) => Verdict,
): Promise<boolean> {
  for (const item of items) if (await test(item)) return true
  return false
}
