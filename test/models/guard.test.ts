import { describe, expect, it } from 'vitest'
import { ModelRequestsForbiddenError } from '../../src/errors/index.ts'
import { assertRequestsAllowed, forbidModelRequests, model } from '../../src/models/index.ts'
import { AiSdkModel } from '../../src/models/ai-sdk/index.ts'
import { modelCall } from './calls.ts'
import { sdkModel } from './sdk-model.ts'

describe('forbidModelRequests', () => {
  it('stops requests of named models and of AI SDK objects before anything is sent', async () => {
    const languageModel = sdkModel()
    const undo = forbidModelRequests()
    const asked = new AiSdkModel(languageModel).request(modelCall())
    await expect(asked).rejects.toThrow(ModelRequestsForbiddenError)
    await expect(model('openai:gpt-5.2').request(modelCall())).rejects.toThrow(/'gpt-5\.2' is one/)
    undo()
    expect(languageModel.asked).toEqual([])
  })

  it('leaves models alone that answer without a network', async () => {
    const undo = forbidModelRequests()
    const answer = await new AiSdkModel(sdkModel(), { isRemote: false }).request(modelCall())
    undo()
    expect(answer.parts).toHaveLength(1)
  })

  it('is over when every call of it was undone, each once', () => {
    const real = { modelName: 'real', isRemote: true }
    const [first, second] = [forbidModelRequests(), forbidModelRequests()]
    first()
    first()
    expect(() => assertRequestsAllowed(real)).toThrow(ModelRequestsForbiddenError)
    second()
    expect(() => assertRequestsAllowed(real)).not.toThrow()
  })
})
