import { ModelRequestsForbiddenError } from '../errors/index.ts'
import type { Model } from './model.ts'

let forbidden = 0

/**
 * Lets every request to a remote model fail from now on, in the whole process: for tests that must not reach a
 * provider. May be called several times; requests are allowed again when each was undone.
 *
 * @returns undoes this call; calling it twice does no more
 */
export function forbidModelRequests(): () => void {
  let isOn = true
  forbidden += 1
  return () => {
    if (isOn) forbidden -= 1
    isOn = false
  }
}

/**
 * Called by adapters where a request starts.
 *
 * @throws {ModelRequestsForbiddenError} when the model is remote and such requests are forbidden
 */
export function assertRequestsAllowed(model: Pick<Model, 'modelName' | 'isRemote'>): void {
  if (forbidden > 0 && model.isRemote) throw new ModelRequestsForbiddenError(model.modelName)
}
