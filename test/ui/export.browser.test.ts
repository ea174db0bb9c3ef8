import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { Agent, tool } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { exportHtml } from '../../src/ui/index.ts'
import { z } from 'zod'
import { closeBrowser, openPage } from './browser.ts'

afterAll(closeBrowser)

const attack = '</script><script>window.hacked=1</script><!--'

it('an exported run is one file that shows the run, its calls and its chart, and asks for nothing', async () => {
  const lookUp = tool({
    name: 'look_up',
    description: 'Looks something up.',
    inputSchema: z.object({ word: z.string() }),
    execute: ({ word }) => ({ word, found: true }),
  })
  const model = new FunctionModel(function dictionary(messages) {
    if (messages.length > 2) return `It is there ${attack}`
    return { parts: [{ partKind: 'tool-call', toolName: 'look_up', args: { word: 'lamp' } }] }
  })
  const run = new Agent({ name: 'dictionary', model, tools: [lookUp] }).iter(
    `Is lamp there? ${attack}`,
  )
  for await (const node of run) expect(node.kind).toBeTypeOf('string')
  const folder = await mkdtemp(join(tmpdir(), 'agentchart-export-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'run.html')
  await writeFile(file, await exportHtml(run))
  const { page, asked, problems } = await openPage(pathToFileURL(file).href)
  await page.getByText('It is there').first().waitFor()
  await page.getByLabel('Tool call look_up').getByText('"found": true').waitFor()
  await page.locator('.state.active[data-state="End"]').waitFor()
  expect(await page.getByRole('button', { name: 'Step', exact: true }).count()).toBe(0)
  expect(await page.evaluate(`'hacked' in window`)).toBe(false)
  expect(asked.filter((url) => !/^(file|data|blob):/.test(url))).toEqual([])
  expect(problems).toEqual([])
})
