import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judgeRecording } from './outcome.ts'
import { findJudge, findRecordings, type Judge } from './recording.ts'
import { ReplayServer } from './replay-server.ts'

/** They are large and lie outside of the repository, beside it unless `AGENTCHART_RECORDINGS` says where. */
const directory =
  process.env['AGENTCHART_RECORDINGS'] ?? resolve(import.meta.dirname, '../../../shared/recordings')
const isThere = existsSync(directory)

/** Recordings that do not pass, each with its reason. */
const knownFailures: Readonly<Record<string, string>> = {}

const { recordings } = isThere ? findRecordings(directory) : { recordings: [] }
const notStreaming = recordings.filter(({ content }) => !content.streaming)

it('recordings are there to be replayed', (context) => {
  context.skip(!isThere, `none in ${directory}; AGENTCHART_RECORDINGS=<directory> says where`)
  expect(notStreaming).not.toHaveLength(0)
})

describe.skipIf(!isThere)('recordings', () => {
  let server: ReplayServer
  let judge: Judge

  beforeAll(async () => {
    server = await ReplayServer.start()
    judge = await findJudge(directory)
  })
  afterAll(() => server.close())

  for (const recording of notStreaming) {
    const kind = recording.name in knownFailures ? 'failed' : 'passed'
    it(`${recording.name}: ${kind}, as known`, async () => {
      expect(await judgeRecording(recording, server, judge)).toMatchObject({ kind })
    })
  }
})
