/** Takes the pictures of docs/inspector.md: a browser looks at an inspector with an agent that answers offline. */
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { serveInspector } from '../src/ui/index.ts'
import { supportAgent } from '../test/ui/support-agent.ts'

const folder = resolve(import.meta.dirname, '../docs/inspector')
const prompt = 'Order A-1093: the lamp came back, please refund it.'

interface Look {
  readonly width: number
  readonly height: number
  readonly colorScheme: 'light' | 'dark'
}

async function open(browser: Browser, url: string, look: Look): Promise<Page> {
  const { width, height, colorScheme } = look
  const page = await browser.newPage({ viewport: { width, height }, colorScheme })
  await page.goto(url)
  await page.getByText('connected').waitFor()
  return page
}

/** Until the moving parts stand still. */
async function take(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(800)
  await page.screenshot({ path: resolve(folder, `${name}.png`) })
  await page.close()
}

async function untilApproval(page: Page): Promise<void> {
  await page.getByLabel('Prompt', { exact: true }).fill(prompt)
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByLabel('Answer for ask_customer').fill('It was broken.')
  await page.getByRole('button', { name: 'Answer', exact: true }).click()
  await page.getByLabel('Arguments of refund').waitFor()
}

const inspector = await serveInspector({ agents: [supportAgent(() => setTimeout(12))] })
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  const wide = { width: 1280, height: 800 } as const
  const waiting = await open(browser, inspector.url, { ...wide, colorScheme: 'light' })
  await untilApproval(waiting)
  await take(waiting, 'waiting')

  const dark = await open(browser, inspector.url, { ...wide, colorScheme: 'dark' })
  await dark.locator('.run-row').first().click()
  await dark.getByRole('button', { name: 'Approve' }).click()
  await dark.getByLabel('Status of the run').getByText('done').waitFor()
  await dark.getByRole('tab', { name: 'Steps' }).click()
  await take(dark, 'dark')

  const both = await open(browser, inspector.url, { ...wide, colorScheme: 'light' })
  await both.getByRole('tab', { name: 'Steps' }).click()
  await both.getByRole('button', { name: 'Fork before step 4' }).last().click()
  await both.getByRole('button', { name: 'Step', exact: true }).click()
  await both.getByLabel('Message for a denial').fill('Wait for the inspection of the lamp.')
  await both.getByRole('button', { name: 'Deny' }).click()
  await both.getByLabel('Compare with').selectOption({ index: 1 })
  await take(both, 'compare')

  const narrow = await open(browser, inspector.url, {
    width: 390,
    height: 780,
    colorScheme: 'dark',
  })
  await narrow.getByRole('navigation').getByRole('button', { name: 'Chart' }).click()
  await take(narrow, 'narrow')
} finally {
  await browser.close()
  await inspector.close()
}
