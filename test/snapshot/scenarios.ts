import fc from 'fast-check'
import {
  deeds,
  type PlannedCall,
  type Round,
  sayings,
  type Scenario,
  toolNames,
} from './scenario.ts'

const call: fc.Arbitrary<PlannedCall> = fc.record({
  toolName: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...toolNames) },
    { weight: 1, arbitrary: fc.constantFrom('final_result', 'nobody') },
  ),
  does: fc.oneof(
    { weight: 2, arbitrary: fc.constant('return') },
    { weight: 3, arbitrary: fc.constantFrom(...deeds) },
  ),
  says: fc.constantFrom(...sayings),
  ticks: fc.nat({ max: 12 }),
  isBad: rarely(),
  isTwin: rarely(),
})

const round: fc.Arbitrary<Round> = fc.record({
  calls: fc.array(call, { minLength: 1, maxLength: 4 }),
  text: fc.option(fc.constant('Let me see'), { freq: 1 }),
  first: fc.oneof(
    { weight: 5, arbitrary: fc.constant('answers' as const) },
    { weight: 1, arbitrary: fc.constantFrom('fails', 'is cancelled') },
  ),
})

/** Runs with all that can happen to them. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  rounds: fc.array(round, { maxLength: 3 }),
  output: fc.constantFrom('text', 'structured', 'deferred'),
  deferred: fc.constantFrom('end', 'wait', 'wait'),
  endStrategy: fc.constantFrom('early', 'graceful', 'exhaustive'),
  retries: fc.nat({ max: 2 }),
  maxConcurrency: fc.integer({ min: 1, max: 4 }),
  onWaitExpired: fc.constantFrom('tell-model', 'fail'),
  limits: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        { requestLimit: 1 },
        { toolCallsLimit: 1 },
        { outputTokensLimit: 8 },
        { inputTokensLimit: 15 },
      ),
    },
  ),
  enqueuesAt: fc.option(fc.nat({ max: 5 }), { freq: 1 }),
  cancelsAt: fc.option(fc.nat({ max: 5 }), { freq: 1 }),
})

function rarely(): fc.Arbitrary<boolean> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  )
}
