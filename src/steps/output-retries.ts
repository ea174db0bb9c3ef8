import {
  IncompleteToolCall,
  ModelRetry,
  UnexpectedModelBehavior,
  ValidationError,
} from '../errors/index.ts'
import type { ModelResponse, RetryPromptPart } from '../messages/index.ts'
import { parseJson } from '../schema/index.ts'
import type { StepPorts } from './ports.ts'

/**
 * Counts one more output retry.
 * @returns the count from now on
 * @throws {UnexpectedModelBehavior} when the budget is used up
 */
export function checkOutputRetries(
  ports: StepPorts,
  response: ModelResponse,
  cause: unknown,
): number {
  const used = ports.state.outputRetries + 1
  if (used > ports.setup.retries.output) {
    throw retriesExceeded(ports, response, ports.setup.retries.output, cause)
  }
  return used
}

export function retriesExceeded(
  ports: StepPorts,
  response: ModelResponse,
  budget: number,
  cause: unknown,
): UnexpectedModelBehavior {
  return (
    incompleteCall(ports, response) ??
    new UnexpectedModelBehavior(`Exceeded maximum output retries (${budget})`, { cause })
  )
}

/** The real trouble, when retries ran out because the token limit cuts the last call's arguments off. */
export function incompleteCall(
  ports: StepPorts,
  { finishReason, parts }: ModelResponse,
): IncompleteToolCall | undefined {
  const last = parts.at(-1)
  if (finishReason !== 'length' || last?.partKind !== 'tool-call') return undefined
  if (typeof last.args !== 'string' || last.args === '' || parseJson(last.args).ok) return undefined
  return new IncompleteToolCall(
    tokenLimitText(ports, 'while generating a tool call, resulting in incomplete arguments'),
  )
}

export function tokenLimitText({ memo }: StepPorts, when: string): string {
  const limit = memo.settings.maxTokens ?? 'provider default'
  return `Model token limit (${limit}) exceeded ${when}. Increase the \`max_tokens\` model setting, or simplify the prompt to result in a shorter response that will fit within the limit.`
}

/** What the model was told, as the cause of the error that ends its retries. */
export function causeOf(content: RetryPromptPart['content']): Error {
  if (typeof content === 'string') return new ModelRetry(content)
  const [first] = content
  const more = content.length > 1 ? ` and ${content.length - 1} more` : ''
  return new ValidationError(`${first?.msg ?? 'Not valid'}${more}`, first?.loc ?? [])
}
