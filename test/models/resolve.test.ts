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
    ['ollama:llama3:8b', 'ollama', 'llama3:8b'],
    ['deepseek:deepseek-chat', 'deepseek', 'deepseek-chat'],
    ['openrouter:anthropic/claude-sonnet-4.5', 'openrouter', 'anthropic/claude-sonnet-4.5'],
    ['mistral:mistral-large-latest', 'mistral', 'mistral-large-latest'],
    ['ai-sdk/openai:gpt-5.2', 'openai', 'gpt-5.2'],
    ['ai-sdk/google-vertex:gemini-2.5-pro', 'google-cloud', 'gemini-2.5-pro'],
    ['ai-sdk/deepseek:deepseek-chat', 'deepseek', 'deepseek-chat'],
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
    ['google:gemini-2.5-pro', 'GOOGLE_API_KEY'],
    ['groq:openai/gpt-oss-120b', 'GROQ_API_KEY'],
    ['ai-sdk/google:gemini-2.5-pro', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    ['ai-sdk/openai:gpt-5.2', 'OPENAI_API_KEY'],
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

  it.each([
    [{ baseURL: 'https://x.test' }, 'Did you mean `baseUrl`?'],
    [{ temperature: 0 }, 'There are baseUrl, apiKey, headers, fetch, profile, settings'],
  ])('refuses the unknown option in %j and names those there are', (options, hint) => {
    const make = () => model('openai:gpt-5.2', options as object)
    expect(make).toThrow(UserError)
    expect(make).toThrow('is no option of a model')
    expect(make).toThrow(hint)
  })

  it.each([
    ['opnai:gpt-5.2', 'openai'],
    ['opanai:gpt-5.2', 'openai'],
    ['antropic:claude', 'anthropic'],
    ['googel:gemini', 'google'],
    ['google-vertx:gemini', 'google-vertex'],
    ['openruter:x', 'openrouter'],
    ['depseek:x', 'deepseek'],
  ])('suspects a slip in %s when there is no such package', async (name, meant) => {
    const error: unknown = await model(name)
      .request(modelCall())
      .catch((e) => e)
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toMatch(`. Did you mean '${meant}:…'?`)
  })

  describe.each([
    ['google-vertex', 'GOOGLE_CLOUD_PROJECT', 'GOOGLE_CLOUD_LOCATION'],
    ['ai-sdk/google-vertex', 'GOOGLE_VERTEX_PROJECT', 'GOOGLE_VERTEX_LOCATION'],
  ])('on Vertex, by %s', (prefix, project, location) => {
    const vertex = async (options: object = {}) =>
      String(
        await model(`${prefix}:gemini-2.5-pro`, options)
          .request(modelCall())
          .catch((e: unknown) => e),
      )

    it('names the variables that are missing, before anything is sent', async () => {
      vi.stubEnv('GOOGLE_VERTEX_API_KEY', '')
      vi.stubEnv(project, '')
      vi.stubEnv(location, '')
      const fetch = vi.fn<typeof globalThis.fetch>()
      expect(await vertex({ fetch })).toContain(
        `Set the environment variables ${project} and ${location}`,
      )
      vi.stubEnv(project, 'p')
      expect(await vertex({ fetch })).toContain(
        `Set the environment variable ${location}, or GOOGLE_VERTEX_API_KEY`,
      )
      expect(fetch).not.toHaveBeenCalled()
    })
  })

  it('needs no project on Vertex with a key', async () => {
    vi.stubEnv('GOOGLE_VERTEX_PROJECT', '')
    const fetch = vi.fn<typeof globalThis.fetch>().mockRejectedValue(new Error('no net'))
    await model('ai-sdk/google-vertex:gemini-2.5-pro', { fetch, apiKey: 'key' })
      .request(modelCall())
      .catch(() => {})
    expect(fetch).toHaveBeenCalled()
  })

  describe('of a server on this machine', () => {
    const asked = async (name: string) => {
      const fetch = vi
        .fn<typeof globalThis.fetch>()
        .mockRejectedValue(new TypeError('fetch failed'))
      await model(name, { fetch })
        .request(modelCall())
        .catch(() => {})
      return fetch.mock.calls[0]?.[0]
    }

    it.each([
      ['ollama:llama3', 'http://localhost:11434/v1/chat/completions'],
      ['lmstudio:qwen3', 'http://localhost:1234/v1/chat/completions'],
    ])('needs no key: %s', async (name, address) => {
      vi.stubEnv('OLLAMA_API_KEY', '')
      vi.stubEnv('LMSTUDIO_API_KEY', '')
      expect(await asked(name)).toBe(address)
    })
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
