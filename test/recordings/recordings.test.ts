import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judgeRecording } from './outcome.ts'
import { findJudge, findRecordings, type Judge } from './recording.ts'
import { ReplayServer } from './replay-server.ts'

/** They are large and lie outside of the repository: `AGENTCHART_RECORDINGS=<directory> npm test`. */
const directory = process.env['AGENTCHART_RECORDINGS']

/** Recordings that do not pass, each with its reason. */
const knownFailures: Readonly<Record<string, string>> = {}

describe.skipIf(directory === undefined)('recordings', () => {
  const { recordings } = directory === undefined ? { recordings: [] } : findRecordings(directory)
  let server: ReplayServer
  let judge: Judge

  beforeAll(async () => {
    server = await ReplayServer.start()
    judge = await findJudge(directory ?? '')
  })
  afterAll(() => server.close())

  const notStreaming = recordings.filter(({ content }) => !content.streaming)
  for (const recording of notStreaming) {
    const kind = recording.name in knownFailures ? 'failed' : 'passed'
    it(`${recording.name}: ${kind}, as known`, async () => {
      expect(await judgeRecording(recording, server, judge)).toMatchObject({ kind })
    })
  }
})
