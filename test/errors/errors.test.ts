import { describe, expect, it } from 'vitest'
import * as errors from '../../src/errors/index.ts'

const { AgentError } = errors

function calls(count: number): readonly errors.OpenCall[] {
  return Array.from({ length: count }, (_, i) => ({ toolCallId: `call-${i}`, index: 0, path: [] }))
}

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
  {
    error: new errors.IllegalEventError('refund', 'Paid'),
    says: `'refund' in state "Paid" accepts none of the events that are offered`,
  },
  {
    error: new errors.IllegalEventError('refund', { a: 'b' }, { type: 'pay' }),
    says: `'refund' in state {"a":"b"} does not accept 'pay' any more`,
  },
  { error: new errors.RunCancelledError('why'), says: 'The agent run was cancelled.' },
  { error: new errors.SlotMissingError('callTools'), says: "'callTools'" },
  { error: new errors.MissingPackageError('@ai-sdk/x', 'It'), says: 'npm install @ai-sdk/x' },
  { error: new errors.MissingKeyError('X_KEY', 'It'), says: 'X_KEY' },
  { error: new errors.ModelRequestsForbiddenError('m'), says: "'m'" },
  { error: new errors.RunExistsError('r'), says: "'r'" },
  { error: new errors.RunNotFoundError('r'), says: "'r'" },
  { error: new errors.StepNotFoundError('r', 7), says: 'step 7' },
  { error: new errors.RunLockedError('r', 'me', 0), says: "'me' until 1970-01-01T00:00:00.000Z" },
  { error: new errors.LeaseLostError('r', 'me', 3), says: "'me' no longer holds the lease 3" },
  { error: new errors.UnknownCallError('r', 'x', []), says: 'None waits' },
  {
    error: new errors.UnknownCallError('r', 'x', [{ toolCallId: 'y', index: 2, path: ['o'] }]),
    says: `'y' (index 2 below 'o')`,
  },
  {
    error: new errors.UnknownCallError('r', 'x', calls(30)),
    says: `'call-19' (index 0), …`,
  },
  { error: new errors.AmbiguousCallError('r', 'x', calls(2)), says: '`index` and `path`' },
  { error: new errors.StoreError('Gone', { isRetryable: true }), says: 'Gone' },
  { error: new errors.StoreSizeError('r', 'message', 9, 8), says: '`maxMessageBytes`' },
  { error: new errors.StoreSizeError('r', 'snapshot', 9, 8), says: '`maxSnapshotBytes`' },
  { error: new errors.StoreVersionError(9, 1), says: 'version 9' },
  { error: new errors.StoreClosedError(), says: 'closed' },
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
