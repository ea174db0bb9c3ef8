// Mastra: an agent with the AI SDK's kind of model object.
import { Agent } from '@mastra/core/agent'
import { createTool } from '@mastra/core/tools'
import {
  instructions,
  lookUp,
  question,
  toolDescription,
  toolInput,
  toolName,
} from '../lib/job.mjs'
import { languageModel } from './_language-model.mjs'

export const title = 'Mastra Agent'
export const installs = ['@mastra/core', 'zod']

export function create(script) {
  const model = languageModel(script)
  const options = { maxSteps: script.rounds + 2 }
  const agent = agentFor(model)
  return {
    run: async () => (await agent.generate(question, options)).text,
    async stream(onDelta) {
      const { textStream } = await agent.stream(question, options)
      let text = ''
      for await (const delta of textStream) {
        text += delta
        onDelta(delta)
      }
      return text
    },
    parked: {
      what: 'what its storage keeps of the workflow run that waits for an approval, as JSON',
      async pause() {
        let round = 0
        const { agent: asking, workflows } = await stored(model, async () => {
          round += 1
          return round > script.pauseAt
        })
        const result = await asking.generate(question, options)
        if (result.finishReason !== 'suspended') throw new Error(`It ${result.finishReason}`)
        const { runs } = await workflows.listWorkflowRuns()
        const { toolCallId } = result.suspendPayload
        const own = runs.filter(({ runId }) => runId === result.runId) // the agent's and the loop's
        return { toolCallId, runs: own }
      },
      write: async (state) => JSON.stringify(state),
      read: async (text) => JSON.parse(text),
      async resume({ toolCallId, runs }) {
        const { agent: asking, workflows } = await stored(model, async () => true)
        for (const { workflowName, runId, resourceId, snapshot: kept } of runs) {
          const snapshot = typeof kept === 'string' ? JSON.parse(kept) : kept
          await workflows.persistWorkflowSnapshot({ workflowName, runId, resourceId, snapshot })
        }
        const [{ runId }] = runs
        return (await asking.approveToolCallGenerate({ runId, toolCallId })).text
      },
    },
  }
}

function agentFor(model, requireApproval) {
  const timetable = createTool({
    id: toolName,
    description: toolDescription,
    inputSchema: toolInput,
    execute: async (input) => lookUp(input),
    ...(requireApproval && { requireApproval }),
  })
  const tools = { [toolName]: timetable }
  return new Agent({ id: 'bench', name: 'bench', instructions, model, tools })
}

/** An agent whose runs can wait, in a storage of its own. Loaded here: an agent that never waits needs none of it. */
async function stored(model, requireApproval) {
  const { noopLogger } = await import('@mastra/core/logger')
  const { Mastra } = await import('@mastra/core/mastra')
  const { InMemoryStore } = await import('@mastra/core/storage')
  const storage = new InMemoryStore()
  const agents = { bench: agentFor(model, requireApproval) }
  const mastra = new Mastra({ agents, storage, logger: noopLogger })
  return { agent: mastra.getAgent('bench'), workflows: await storage.getStore('workflows') }
}
