import { join } from 'node:path'
import { build } from 'esbuild'

/** A program in one file without modules of Node.js: importing one is an error. Optional packages are those that are installed. */
export async function bundle(name: string, format: 'iife' | 'esm'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, name)],
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    format,
    logLevel: 'silent',
  })
  return outputFiles.map(({ text }) => text).join('\n')
}
