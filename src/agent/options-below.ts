import type { BelowTerms, RunContext } from '../tools/index.ts'
import type { RunOptions } from './options.ts'

const overridable = ['waitTimeoutMs', 'onWaitExpired', 'cancelGraceMs'] as const

/**
 * What a run below a call takes over from the run above. How long it waits for people and for work to stop is the run
 * above's to say where the agent says nothing itself.
 *
 * @param own what the agent was made with, and what `with` gave it
 */
export function optionsBelow(
  ctx: RunContext,
  own: readonly Partial<Pick<RunOptions<unknown>, (typeof overridable)[number]>>[],
): RunOptions<unknown> & { readonly deps: unknown } {
  const { deps, below } = ctx
  const options = { parent: ctx, deps }
  if (below === undefined) return options
  const { deferred, clock, ...terms } = below.terms
  return { ...options, clock, ...(deferred === 'wait' && { deferred }), ...unsaid(terms, own) }
}

function unsaid(
  terms: Pick<BelowTerms, (typeof overridable)[number]>,
  own: readonly Partial<Pick<RunOptions<unknown>, (typeof overridable)[number]>>[],
): Partial<RunOptions<unknown>> {
  const isUnsaid = (key: (typeof overridable)[number]): boolean =>
    terms[key] !== undefined && own.every((layer) => layer[key] === undefined)
  const keys = overridable.filter(isUnsaid)
  return Object.fromEntries(keys.map((key) => [key, terms[key]]))
}
