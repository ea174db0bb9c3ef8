import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judgeRecording } from './outcome.ts'
import { findJudge, findRecordings, type Item, type Judge } from './recording.ts'
import { ReplayServer } from './replay-server.ts'
import { judgeRequestCase } from './request-case.ts'

/** They are large and lie outside of the repository, beside it unless `AGENTCHART_RECORDINGS` says where. */
const directory =
  process.env['AGENTCHART_RECORDINGS'] ?? resolve(import.meta.dirname, '../../../shared/recordings')
const isThere = existsSync(directory)

/** What does not pass through the AI SDK; docs/recordings.md has the reasons. */
const knownFailures = new Set(['openai-chat/groq-tool-use-failed-error-streaming'])

const { recordings, requestCases } = isThere
  ? findRecordings(directory)
  : { recordings: [], requestCases: [] }

it('recordings are there to be replayed', (context) => {
  context.skip(!isThere, `none in ${directory}; AGENTCHART_RECORDINGS=<directory> says where`)
  expect(recordings).not.toHaveLength(0)
})

describe.skipIf(!isThere)('recordings', () => {
  let server: ReplayServer
  let judge: Judge

  beforeAll(async () => {
    server = await ReplayServer.start()
    judge = await findJudge(directory)
  })
  afterAll(() => server.close())

  for (const recording of recordings) {
    it(`${recording.name} passes`, async () => {
      expect(await judgeRecording(recording, server, judge)).toEqual({ kind: 'passed' })
    })
    const kind = knownFailures.has(recording.name) ? 'failed' : 'passed'
    it(`${recording.name} through the AI SDK: ${kind}, as known`, async () => {
      expect(await judgeRecording(recording, server, judge, 'ai-sdk/')).toMatchObject({ kind })
    })
  }

  it.each(recordings.slice(0, 3))('$name fails when it is altered', async (recording) => {
    const { content } = recording
    const text = JSON.stringify(content.expected).replace(/"content":"/, '"content":"Not so: ')
    const altered = { ...recording, content: { ...content, expected: JSON.parse(text) as Item[] } }
    expect(text).toContain('Not so')
    expect(await judgeRecording(altered, server, judge)).toMatchObject({ kind: 'failed' })
  })

  it.each(requestCases)('request $name is sent as recorded', async ({ content }) => {
    expect(await judgeRequestCase(content, server)).toEqual({ kind: 'passed' })
  })
})
