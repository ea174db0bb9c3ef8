import { FunctionModel } from '../../src/testing/index.ts'
import type { RunContext } from '../../src/tools/index.ts'
import { emptyRunUsage, UsageMeter } from '../../src/usage/index.ts'

/** A context as a tool gets it in the first step of a run; what is given replaces single fields. */
export function testContext<TDeps>(
  fields: Partial<RunContext<TDeps>> & Pick<RunContext<TDeps>, 'deps'>,
): RunContext<TDeps>
export function testContext(fields?: Partial<RunContext>): RunContext
export function testContext(fields: Partial<RunContext> = {}): RunContext {
  return {
    deps: undefined,
    agentName: 'tester',
    model: new FunctionModel(() => 'never asked'),
    modelSettings: {},
    usage: emptyRunUsage,
    usageLimits: {},
    meter: new UsageMeter(),
    prompt: 'Go.',
    messages: [],
    runId: 'run',
    conversationId: 'conversation',
    metadata: null,
    runStep: 1,
    signal: new AbortController().signal,
    toolCallId: null,
    toolName: null,
    retry: 0,
    maxRetries: 1,
    lastAttempt: false,
    attempt: 0,
    toolCallApproved: false,
    toolCallMetadata: null,
    partialOutput: false,
    cancel: () => undefined,
    emit: () => Promise.resolve(),
    enqueue: () => null,
    ...fields,
  }
}
