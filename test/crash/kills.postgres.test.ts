import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PostgresServer, postgresFolder, startPostgres } from '../helpers/postgres-server.ts'
import { campaign } from './campaign.ts'
import { openStage } from './stage.ts'

describe.skipIf(postgresFolder === null)('a run in Postgres whose process is killed', () => {
  let server: PostgresServer
  let stage: ReturnType<typeof openStage>
  beforeAll(async () => {
    server = await startPostgres(postgresFolder ?? '')
    stage = openStage(server.url)
  })
  afterAll(async () => {
    await stage.close()
    await server.stop()
  })

  it('comes to the same end however often that happens', { timeout: 300_000 }, async () => {
    const { kills, runs, violations } = await campaign({ seed: 6, kills: 100, lanes: 2 }, stage)
    console.log(`${kills} kills, ${runs} runs: at random, in Postgres`)
    expect(violations).toEqual([])
  })
})
