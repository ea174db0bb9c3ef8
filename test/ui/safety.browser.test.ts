import { afterAll, expect, it } from 'vitest'
import { Agent, tool } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { z } from 'zod'
import { closeBrowser, openInspector } from './browser.ts'
import { supportAgent } from './support-agent.ts'

afterAll(closeBrowser)

const attack = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script></pre></script><svg onload="window.hacked=1">`

function hostileAgent(): Agent {
  const echo = tool({
    name: 'echo',
    description: 'Echoes.',
    inputSchema: z.object({ text: z.string() }),
    execute: () => ({ [attack]: attack }),
  })
  const model = new FunctionModel(function hostile(messages) {
    if (messages.length > 2) return `Finally ${attack}`
    return {
      parts: [
        { partKind: 'thinking', content: attack },
        { partKind: 'text', content: attack },
        { partKind: 'tool-call', toolName: 'echo', args: { text: attack }, toolCallId: attack },
      ],
    }
  })
  return new Agent({ name: attack, model, tools: [echo] })
}

it('shows what a model writes as text, whatever it is', async () => {
  const { page, origin, asked } = await openInspector({ agents: [hostileAgent()] })
  await page.getByLabel('Prompt', { exact: true }).fill(attack)
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByText(`Finally ${attack}`).first().waitFor()
  for (const tab of ['Steps', 'Actors', 'JSON', 'Node'])
    await page.getByRole('tab', { name: tab }).click()
  expect(await page.evaluate(`'hacked' in window`)).toBe(false)
  expect(await page.locator('main img, main script, [onerror], [onload]').count()).toBe(0)
  expect(asked.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'))).toEqual(
    [],
  )
})

it('asks nobody but its server, and keeps the token out of the address', async () => {
  const { page, origin, asked, problems } = await openInspector({ agents: [supportAgent()] })
  await page.getByLabel('Prompt', { exact: true }).fill('Hello')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.locator('.chart svg').waitFor()
  expect(page.url()).toBe(`${origin}/`)
  const elsewhere = asked.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'))
  expect(elsewhere).toEqual([])
  expect(problems).toEqual([])
  await page.reload()
  await page.getByText('connected').waitFor()
})

it('says what to do when it is not let in', async () => {
  const { page, origin } = await openInspector({ agents: [supportAgent()] })
  await page.evaluate(`sessionStorage.clear()`)
  await page.goto(`${origin}/?token=wrong`)
  await page.getByText('refused: open the address').waitFor()
  expect(await page.locator('.run-row').count()).toBe(0)
})
