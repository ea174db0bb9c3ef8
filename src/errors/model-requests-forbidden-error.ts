import { AgentError } from './agent-error.ts'

/** A real model was about to be asked although `forbidModelRequests()` is on. */
export class ModelRequestsForbiddenError extends AgentError {
  override name = 'ModelRequestsForbiddenError' as const

  constructor(modelName: string) {
    super(`Requests to real models are forbidden here, and '${modelName}' is one`, {
      hint: 'Use a model of `agentchart/testing`, for instance through `agent.override({ model })`',
    })
  }
}
