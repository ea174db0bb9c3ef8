/**
 * The inspector's page as the browser gets it: `index.html`, `page.js`, `page.css` and ELK's worker. Run by itself it
 * writes them to `dist/page/`.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const source = resolve(root, 'src/ui/page')

const elkNotice =
  '/*! elkjs, https://github.com/kieler/elkjs, Eclipse Public License 2.0, https://www.eclipse.org/legal/epl-2.0 */\n'

/** Bundles the page into a folder. */
export async function buildPage(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await build({
    entryPoints: [
      { in: resolve(source, 'main.tsx'), out: 'page' },
      { in: resolve(source, 'style/page.css'), out: 'page' },
    ],
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'inline',
    logLevel: 'warning',
  })
  await copyFile(resolve(source, 'index.html'), resolve(folder, 'index.html'))
  const worker = createRequire(import.meta.url).resolve('elkjs/lib/elk-worker.min.js')
  await writeFile(resolve(folder, 'elk-worker.js'), elkNotice + (await readFile(worker, 'utf8')))
}

if (import.meta.main) await buildPage(resolve(root, 'dist/page'))
