import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { UserError } from '../errors/index.ts'

/** The files of the page: all there are, so that no path leads elsewhere. */
export const pageTypes = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'elk-worker.js': 'text/javascript; charset=utf-8',
} as const

export type PageFile = keyof typeof pageTypes

export function isPageFile(name: string): name is PageFile {
  return Object.hasOwn(pageTypes, name)
}

/**
 * A file of the page, as it was built; from a checkout that is the latest build.
 *
 * @throws {UserError} when it was not
 */
export async function readPageFile(name: PageFile): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('agentchart/package.json')
  try {
    return await readFile(resolve(manifest, '../dist/page', name), 'utf8')
  } catch (cause) {
    throw new UserError('The page of the inspector is not built', {
      hint: 'Run `npm run build`',
      cause,
    })
  }
}
