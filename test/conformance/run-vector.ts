import { messagesToWire, type ModelMessage, usageToWire } from '../../src/messages/index.ts'
import { eventToWire } from '../../src/streaming/index.ts'
import type { AgentNode } from '../../src/nodes/index.ts'
import { scriptedAgent } from './agent.ts'
import { errorToWire } from './error.ts'
import { ScriptedModel } from './model.ts'
import { nodeToWire, outputKind, outputToWire } from './observe.ts'
import { copyOf, type Json, Recording } from './recording.ts'
import { rendered } from './rendered.ts'
import { promptOf, runOptions } from './run-options.ts'
import { anySleeps } from './tools.ts'
import type { RunVector } from './vector.ts'

/** Runs the scripted agent; `actual` has the shape of FORMAT.md section 8. */
export async function runVector(
  vector: RunVector,
): Promise<{ actual: Json; complaints: readonly string[] }> {
  const recording = Recording()
  const model = new ScriptedModel(vector.model, recording)
  const outcome = await drive(vector, model, recording)
  model.finish()
  return {
    actual: { ...outcome, ...recordedSections(vector, recording) },
    complaints: recording.complaints,
  }
}

async function drive(vector: RunVector, model: ScriptedModel, recording: Recording): Promise<Json> {
  const setUp = prepare(vector, model, recording)
  if ('error' in setUp) {
    return { error: errorToWire(setUp.error), captured_messages: [], rendered: [] }
  }
  const { run } = setUp
  const failure = await iterate(run, vector, recording)
  return { ...(failure ?? ended(run, vector)), ...leftBehind(run, failure === undefined) }
}

type Run = ReturnType<typeof startRun>

/** A run that cannot be set up throws before its first node. */
function prepare(
  vector: RunVector,
  model: ScriptedModel,
  recording: Recording,
): { run: Run } | { error: unknown } {
  const start = startRun.bind(null, vector, promptOf(vector.run), runOptions(vector.run))
  try {
    return { run: start(model, recording) }
  } catch (error) {
    return { error }
  }
}

function startRun(
  { agent }: RunVector,
  prompt: ReturnType<typeof promptOf>,
  options: ReturnType<typeof runOptions>,
  model: ScriptedModel,
  recording: Recording,
) {
  return scriptedAgent(agent, model, recording).iter(prompt, options)
}

/** Goes to the end, or to the error that stopped the run. */
async function iterate(
  run: Run,
  { agent, run: { stream = false, record_events: recordsEvents = false } }: RunVector,
  recording: Recording,
): Promise<Json | undefined> {
  try {
    for await (const node of run) {
      recording.nodes.push(nodeToWire(node, agent))
      const isFollowed = stream
        ? node.kind !== 'user-prompt'
        : recordsEvents && node.kind === 'call-tools'
      if (node.kind !== 'end' && isFollowed) await follow(run, node, recording)
    }
    return undefined
  } catch (error) {
    return { error: errorToWire(error) }
  }
}

/** Runs a node and takes its events down; the loop over the run then finds that it has moved. */
async function follow(run: Run, node: AgentNode, recording: Recording): Promise<void> {
  const events: Json[] = []
  recording.events.push({
    node: node.kind === 'model-request' ? 'ModelRequestNode' : 'CallToolsNode',
    events,
  })
  for await (const event of run.stream(node)) events.push(eventToWire(event))
}

function ended(run: Run, { agent }: RunVector): Json {
  const messages = run.allMessages()
  const output = run.result?.output
  return {
    new_message_index: messages.length - run.newMessages().length,
    output_kind: outputKind(output, agent),
    output: outputToWire(output, agent),
  }
}

/** What a run leaves behind either way. */
function leftBehind(run: Run, isEnded: boolean): Json {
  const messages: readonly ModelMessage[] = run.allMessages()
  return {
    [isEnded ? 'messages' : 'captured_messages']: copyOf(messagesToWire(messages)),
    rendered: rendered(messages),
    usage: copyOf(usageToWire(run.usage)),
  }
}

/** Sections about what does not happen in the vector are absent. */
function recordedSections({ agent, run }: RunVector, recording: Recording): Json {
  const { outputFunctionCalls, outputValidatorCalls } = recording
  return {
    nodes: recording.nodes,
    requests: recording.requests,
    tool_executions: recording.toolExecutions,
    ...(anySleeps(agent.tools ?? []) && { tool_timeline: recording.toolTimeline }),
    ...(outputFunctionCalls.length > 0 && { output_function_calls: outputFunctionCalls }),
    ...(outputValidatorCalls.length > 0 && { output_validator_calls: outputValidatorCalls }),
    ...((run.record_events === true || run.stream === true) && { events: recording.events }),
  }
}
