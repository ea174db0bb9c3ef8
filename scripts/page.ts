/**
 * The inspector's page as the browser gets it: `index.html`, `page.js`, `page.css` and ELK's worker. Run by itself it
 * writes them to `dist/src/ui/page/`.
 */
import { copyFile, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const source = resolve(root, 'src/ui/page')

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
  await copyFile(worker, resolve(folder, 'elk-worker.js'))
}

if (import.meta.main) await buildPage(resolve(root, 'dist/src/ui/page'))
