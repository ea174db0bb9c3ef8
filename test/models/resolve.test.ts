import { afterEach, describe, expect, it, vi } from 'vitest'
import { MissingKeyError, MissingPackageError, UserError } from '../../src/errors/index.ts'
import { model, type ModelInput, toModel } from '../../src/models/index.ts'
import { modelCall } from './calls.ts'
import { sdkModel } from './sdk-model.ts'

afterEach(() => vi.unstubAllEnvs())

describe('model', () => {
  it.each([
    ['openai:gpt-5.2', 'openai', 'gpt-5.2'],
    ['openai-chat:llama3:8b', 'openai', 'llama3:8b'],
    ['anthropic:claude-sonnet-4-5', 'anthropic', 'claude-sonnet-4-5'],
    ['google:gemini-3-flash-preview', 'google', 'gemini-3-flash-preview'],
    ['google-vertex:gemini-2.5-pro', 'google-cloud', 'gemini-2.5-pro'],
    ['mistral:mistral-large-latest', 'mistral', 'mistral-large-latest'],
  ])('knows what %s names', (name, system, modelName) => {
    expect(model(name)).toMatchObject({ system, modelName, isRemote: true })
  })

  it.each([
    ['gpt-5.2', "'openai:gpt-5.2'"],
    [':gpt-5.2', "'openai:gpt-5.2'"],
    [':x', "'openai:gpt-5.2' or"],
    ['openai:', "'openai:gpt-5.2'"],
    ['acme:', "'acme:<model>'"],
    ['claude-sonnet-4-5', "'anthropic:claude-sonnet-4-5'"],
    ['openai/gpt-5.2', "'openai:gpt-5.2'"],
    ['OpenAI:gpt-5.2', "'openai:gpt-5.2'"],
    ['../evil:x', "'openai:gpt-5.2' or"],
    ['', "'openai:gpt-5.2' or"],
  ])('refuses %j and shows the form', (name, suggestion) => {
    const make = () => model(name)
    expect(make).toThrow(UserError)
    expect(make).toThrow("the form is '<provider>:<model>'")
    expect(make).toThrow(suggestion)
  })

  it.each([
    ['openai:gpt-5.2', 'OPENAI_API_KEY'],
    ['openai-chat:gpt-5.2', 'OPENAI_API_KEY'],
    ['anthropic:claude-sonnet-4-5', 'ANTHROPIC_API_KEY'],
    ['google:gemini-2.5-pro', 'GOOGLE_GENERATIVE_AI_API_KEY'],
  ])('names the variable when %s has no key, before anything is sent', async (name, variable) => {
    vi.stubEnv(variable, '')
    const fetch = vi.fn<typeof globalThis.fetch>()
    const error: unknown = await model(name, { fetch })
      .request(modelCall())
      .catch((e) => e)
    expect(error).toBeInstanceOf(MissingKeyError)
    expect(error).toMatchObject({ variable })
    expect(String(error)).toContain(`Set the environment variable ${variable}`)
    expect(fetch).not.toHaveBeenCalled()
  })

  it('says how to install a package that is missing, and only when it is needed', async () => {
    const acme = model('not-there:model-1')
    const error: unknown = await acme.request(modelCall()).catch((e) => e)
    expect(error).toBeInstanceOf(MissingPackageError)
    expect(String(error)).toContain('npm install @ai-sdk/not-there')
  })
})

describe('toModel', () => {
  it('takes a name, a model and a language model object', () => {
    const named = model('openai:gpt-5.2')
    expect(toModel('openai:gpt-5.2').modelName).toBe('gpt-5.2')
    expect(toModel(named)).toBe(named)
    expect(toModel(sdkModel())).toMatchObject({ modelName: 'acme-1', system: 'acme' })
  })

  it('says which specification a language model object is of when it is not one of ours', () => {
    const old: object = { ...sdkModel(), specificationVersion: 'v2' }
    expect(() => toModel(old as ModelInput)).toThrow('specification v2')
  })

  it('refuses anything else', () => {
    expect(() => toModel({} as ModelInput)).toThrow(UserError)
  })
})
