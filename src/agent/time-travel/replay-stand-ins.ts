import type { AgentContext, CallResult, LedgerEntry } from '../../../machines/index.ts'
import { isRecord } from '../../codec/index.ts'
import type { ModelResponse, RequestPart } from '../../messages/index.ts'
import { type Model, toModel } from '../../models/index.ts'
import type { RunStart } from '../../run/index.ts'
import type { HostedActor } from '../../run/hosted-actor.ts'
import { type Toolset, type ToolsetTool, wrapperToolset } from '../../toolsets/index.ts'
import type { RecordedCall } from './replay-calls.ts'

/** What answers in place of models and tools. */
export interface StandIns {
  /** The response that the model is to give next. */
  response: ModelResponse | undefined
  /** Tools of the latest step, by name; `undefined` before the first. */
  tools: ReadonlyMap<string, ToolsetTool> | undefined
}

/** The run with models that only repeat what was recorded, and tools that never run. */
export function withStandIns(start: RunStart, standIns: StandIns): RunStart {
  const { setup } = start
  const { selectModel } = setup
  return {
    ...start,
    keep: undefined,
    relay: undefined,
    setup: {
      ...setup,
      model: repeating(setup.model, standIns),
      selectModel:
        selectModel &&
        (async (ctx) => {
          const chosen = await selectModel(ctx)
          return chosen === undefined ? undefined : repeating(toModel(chosen), standIns)
        }),
      toolset: watched(setup.toolset, standIns),
    },
  }
}

/** The model as far as requests are made for it; what it answers was recorded. */
function repeating({ modelName, system, profile, settings }: Model, standIns: StandIns): Model {
  return {
    modelName,
    system,
    profile,
    ...(settings && { settings }),
    isRemote: false,
    request: async () => {
      if (standIns.response === undefined) throw new Error('No response was recorded')
      return standIns.response
    },
  }
}

function watched(toolset: Toolset, standIns: StandIns): Toolset {
  return wrapperToolset(toolset, {
    tools: (tools) => {
      standIns.tools = new Map(tools.map((tool) => [tool.definition.name, tool]))
      return tools
    },
    callTool: (name) => {
      throw new Error(`A replay does not run tools, '${name}' neither`)
    },
  })
}

/** An actor that is where the record says; it takes no events. */
export function standingActor(context: () => AgentContext): HostedActor {
  return {
    getSnapshot: () => ({ context: context(), status: 'active', value: {} }),
    send: () => {},
  }
}

/**
 * Calls with the results that were recorded for them; those that make the output are to be made anew.
 *
 * @param output what the run ended with, which may name calls that others are to answer
 */
export function recordedLedger(
  calls: readonly RecordedCall[],
  output: unknown,
  outputTools: ReadonlySet<string>,
): readonly LedgerEntry[] {
  return calls.map(({ call: { toolCallId, toolName }, answer }, index): LedgerEntry => {
    const facts = { index, toolCallId, toolName, attempt: 0 }
    if (outputTools.has(toolName)) return { ...facts, kind: 'output', state: 'requested' }
    if (answer !== undefined) {
      return { ...facts, kind: 'function', state: stateOf(answer), result: { part: answer } }
    }
    return { ...facts, kind: 'function', state: 'deferred', result: deferral(toolCallId, output) }
  })
}

function stateOf(part: RequestPart): LedgerEntry['state'] {
  return part.partKind === 'tool-return' ? endings[part.outcome] : 'retryAsked'
}

const endings = {
  success: 'returned',
  failed: 'failed',
  denied: 'denied',
  interrupted: 'outcomeUnknown',
} as const

/** How a call was put off that the run ended with. */
function deferral(toolCallId: string, output: unknown): CallResult {
  const { approvals, metadata } = isRecord(output) ? output : {}
  const isApproval =
    Array.isArray(approvals) &&
    approvals.some((call) => isRecord(call) && call['toolCallId'] === toolCallId)
  const attached = isRecord(metadata) ? metadata[toolCallId] : undefined
  return {
    awaits: isApproval ? 'approval' : 'answer',
    ...(isRecord(attached) && { metadata: attached }),
  }
}
