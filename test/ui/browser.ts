/** A real browser on a real inspector. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { type InspectorOptions, serveInspector } from '../../src/ui/index.ts'

let browser: Promise<Browser> | undefined

/** One browser for all tests of a file; see {@link closeBrowser}. */
function theBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  return browser
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close()
}

export interface Opened {
  readonly page: Page
  readonly origin: string
  /** Addresses that the page asked for. */
  readonly asked: string[]
  /** What went wrong in the page: errors, and what its policy forbade. */
  readonly problems: string[]
}

/** The page of a new inspector; both are closed when the test is over. */
export async function openInspector(
  options: InspectorOptions,
  context: BrowserContextOptions = {},
): Promise<Opened> {
  const inspector = await serveInspector(options)
  onTestFinished(() => inspector.close())
  return openPage(inspector.url, context)
}

/** A page by its address. */
export async function openPage(url: string, context: BrowserContextOptions = {}): Promise<Opened> {
  const page = await (
    await theBrowser()
  ).newPage({ viewport: { width: 1400, height: 900 }, ...context })
  onTestFinished(() => page.close())
  page.setDefaultTimeout(10_000)
  const [asked, problems]: [string[], string[]] = [[], []]
  page.on('request', (request) => asked.push(request.url()))
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  await page.goto(url)
  return { page, origin: new URL(url).origin, asked, problems }
}
