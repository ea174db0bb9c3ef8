import { describe, expect, it } from 'vitest'
import * as errors from '../../src/errors/index.ts'

const { AgentError } = errors

/** One of each, with what its message must say. */
const made = [
  { error: new errors.UserError('Wrong', { hint: 'Do it right' }), says: 'Wrong. Do it right' },
  { error: new errors.ValidationError('Expected text', ['a', 0, 'b']), says: '(at a[0].b)' },
  { error: new errors.UnexpectedModelBehavior('Odd'), says: 'Odd' },
  { error: new errors.IncompleteToolCall('Cut'), says: 'Cut' },
  { error: new errors.ContentFilterError('Filtered', '[]'), says: 'Filtered' },
  { error: new errors.UsageLimitExceeded('Too much'), says: 'usageLimits' },
  { error: new errors.ModelAPIError('m', 'No answer'), says: 'No answer' },
  {
    error: new errors.ModelHTTPError({ modelName: 'm', statusCode: 500, body: { a: 1 } }),
    says: 'status_code: 500, model_name: m, body: {"a":1}',
  },
  { error: new errors.RunBusyError(), says: 'Await the pending `next`' },
  { error: new errors.RunEndedError(), says: 'messageHistory' },
  { error: new errors.RunDisposedError(), says: 'messageHistory' },
  { error: new errors.ForeignNodeError('a', 'b'), says: "Node of run 'b' given to run 'a'" },
  { error: new errors.RunCancelledError('why'), says: 'The agent run was cancelled.' },
  { error: new errors.SlotMissingError('callTools'), says: "'callTools'" },
  { error: new errors.MissingPackageError('@ai-sdk/x', 'It'), says: 'npm install @ai-sdk/x' },
  { error: new errors.MissingKeyError('X_KEY', 'It'), says: 'X_KEY' },
  { error: new errors.ModelRequestsForbiddenError('m'), says: "'m'" },
]

describe('an error of agentchart', () => {
  it.each(made)('$error.name says what happened and what to do', ({ error, says }) => {
    expect(error).toBeInstanceOf(AgentError)
    expect(error.name).toBe(error.constructor.name)
    expect(error.message).toContain(says)
    expect(error.message.endsWith(error.hint ?? '')).toBe(true)
  })

  it('keeps its cause', () => {
    const cause = new Error('below')
    expect(new errors.UserError('above', { cause }).cause).toBe(cause)
    expect(new errors.RunCancelledError(cause).cause).toBe(cause)
    expect(new errors.MissingPackageError('p', 'It', cause).cause).toBe(cause)
  })
})

describe('the words that tools speak', () => {
  it.each([
    new errors.ModelRetry('Again.'),
    new errors.ToolFailed('Gone.'),
    new errors.ApprovalRequired({ metadata: { a: 1 } }),
    new errors.CallDeferred(),
  ])('$name is no error of agentchart', (word) => {
    expect(word).toBeInstanceOf(Error)
    expect(word).not.toBeInstanceOf(AgentError)
    expect(word.name).toBe(word.constructor.name)
  })
})
