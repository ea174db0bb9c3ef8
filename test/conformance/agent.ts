import { Agent, ModelRetry, type RunContext } from '../../src/index.ts'
import { GenericError } from './behaviour.ts'
import { defined } from './defined.ts'
import type { ScriptedModel } from './model.ts'
import { outputItem } from './outputs.ts'
import { outputToWire } from './observe.ts'
import type { Recording } from './recording.ts'
import { instruction, retriesFromVector } from './run-options.ts'
import { settingsFromWire } from './settings.ts'
import { externalTools, milliseconds, scriptedTools } from './tools.ts'
import { inTurn, type ValidationSpec, type VectorAgent } from './vector.ts'

/** The agent that the vector describes. */
export function scriptedAgent(spec: VectorAgent, model: ScriptedModel, recording: Recording) {
  const { tools = [], output, output_validators: validators = [] } = spec
  const items = output?.map((item) => outputItem(item, recording))
  return new Agent({
    model,
    instructions: (spec.instructions ?? []).map(instruction),
    systemPrompt: systemPrompts(spec),
    tools: scriptedTools(tools, recording),
    toolsets: externalTools(tools),
    outputValidators: validators.map((entries, i) => validator(entries, i, spec, recording)),
    ...defined({
      output: items?.length === 1 ? items[0] : items,
      modelSettings: spec.model_settings && settingsFromWire(spec.model_settings),
      retries: retriesFromVector(spec.retries),
      endStrategy: spec.end_strategy,
      toolTimeoutMs: milliseconds(spec.tool_timeout),
    }),
  })
}

function systemPrompts(spec: VectorAgent) {
  const functions = (spec.dynamic_system_prompts ?? []).map(({ ref, dynamic, returns }) => {
    const render = inTurn(returns)
    return dynamic === false ? render : { dynamicRef: ref, render }
  })
  return [...(spec.system_prompts ?? []), ...functions]
}

function validator(
  entries: readonly ValidationSpec[],
  index: number,
  spec: VectorAgent,
  recording: Recording,
) {
  const next = inTurn(entries)
  return (output: unknown, ctx: RunContext): unknown => {
    recording.outputValidatorCalls.push({
      validator: index,
      value: outputToWire(output, spec),
      retry: ctx.retry,
      max_retries: ctx.maxRetries,
    })
    return validated(next(), output)
  }
}

function validated(entry: ValidationSpec, output: unknown): unknown {
  if (entry.model_retry !== undefined) throw new ModelRetry(entry.model_retry)
  if (entry.raise !== undefined) throw new GenericError(entry.raise)
  return 'replace' in entry ? entry.replace : output
}
