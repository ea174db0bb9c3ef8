import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { recordingHtml } from '../../src/ui/export-html.ts'
import { Hub } from '../../src/ui/hub.ts'
import type { ServerMessage } from '../../src/ui/protocol.ts'
import { memoryStore } from '../../src/store/index.ts'
import { loadPast, tellPast } from '../../src/ui/stored-session.ts'
import { clerk } from './agents.ts'

const files = {
  'index.html':
    '<html><head><link rel="stylesheet" href="page.css" /></head><body><script type="module" src="page.js"></script></body></html>',
  'page.css': 'body { margin: 0 }',
  'page.js': 'console.log("</script>", `$&`)',
  'elk-worker.js': 'postMessage("</script>")',
}

const read = (name: keyof typeof files): Promise<string> => Promise.resolve(files[name])

/** A finished run as a page is told of it. */
async function recorded(prompt: string): Promise<readonly ServerMessage[]> {
  const store = memoryStore()
  const run = clerk().iter(prompt, { store, deferred: 'wait' })
  await run.proceed()
  await run.approve('payment')
  await run.finish()
  const hub = new Hub({ agents: ['clerk'], hasStore: true })
  tellPast(hub, await loadPast(store, run.runId, () => ['fork']))
  return hub.recording(run.runId) ?? []
}

const textOf = (html: string, element: RegExp): string => element.exec(html)?.[1] ?? ''

describe('a run as an HTML file', () => {
  it('holds the run, and nothing that can be commanded', async () => {
    const html = await recordingHtml(await recorded('Oslo'), read)
    const text = textOf(html, /<script type="application\/json" id="recording">(.*?)<\/script>/s)
    const messages: ServerMessage[] = JSON.parse(text)
    expect(messages[0]).toMatchObject({ type: 'hello', mode: 'file', agents: [] })
    expect(messages.find(({ type }) => type === 'session')).toMatchObject({
      session: { title: 'Oslo', status: 'done', can: [] },
    })
    expect(messages.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'machine',
        'actor',
        'transition',
        'visit',
        'span',
        'messages',
        'run',
      ]),
    )
    expect(html).not.toContain('hush')
  })

  it('runs the code of the page alone, whatever was said in the run', async () => {
    const attack = '</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>'
    const html = await recordingHtml(await recorded(attack), read)
    expect(html).not.toContain('alert(1)</script>')
    expect(html).not.toContain('<img')
    expect(html.match(/<script/g)).toHaveLength(3)
    const code = textOf(html, /<script type="module">(.*?)<\/script>/s)
    expect(code).toBe(String.raw`console.log("<\/script>", ${'`$&`'})`)
    const hash = createHash('sha256').update(code).digest('base64')
    expect(html).toContain(`script-src 'sha256-${hash}'`)
    expect(html).toContain("default-src 'none'")
  })

  it('loads nothing', async () => {
    const html = await recordingHtml(await recorded('Oslo'), read)
    expect(html).not.toMatch(/src="|href="/)
    expect(html).toContain(`<style>${files['page.css']}</style>`)
  })
})
