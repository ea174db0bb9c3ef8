import type { GraphEvent } from '../../machines/index.ts'
import { UserError } from '../errors/index.ts'
import { pendingMessages } from '../steps/index.ts'
import type { Enqueued, EnqueueOptions } from '../tools/index.ts'

/**
 * The event that gives an agent something to read that it did not ask for: `sendTo('forecaster', enqueueEvent('Hurry.'))`.
 * What `run.enqueue()` is for whoever holds the run, this is for machines.
 *
 * @param content user content, request parts or whole messages
 * @throws {UserError} when there is nothing in it, or it does not end in something the model can respond to
 */
export function enqueueEvent(
  content: Enqueued,
  options: EnqueueOptions = {},
): Extract<GraphEvent, { type: 'enqueue' }> {
  const entry = pendingMessages(content, options, new Date().toISOString())
  if (entry !== null) return { type: 'enqueue', entry }
  throw new UserError('There is nothing to enqueue', { hint: 'Give a text, parts or messages' })
}
