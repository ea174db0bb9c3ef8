import { spawnSync } from 'node:child_process'
import { UserError } from '../errors/index.ts'

/** The error of an import, with what Node keeps to itself: where the syntax is wrong, and which Node would do. */
export function importFailure(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error
  if (isUnknownTypeScript(error)) {
    return new UserError(`Node ${process.version} does not run TypeScript`, {
      hint: 'Use Node 22.18 or newer, or give the compiled .js file',
      cause: error,
    })
  }
  if (error instanceof SyntaxError && placeOf(error) === null) addPlace(error, file)
  return error
}

/** The file and line that Node wrote above the stack of a syntax error; `null` when there are none. */
export function placeOf({ stack = '' }: Error): string | null {
  return /^(?:file:|\/|[A-Z]:\\).*:\d+$/m.exec(stack.split('\n', 1)[0] ?? '')?.[0] ?? null
}

function isUnknownTypeScript(error: Error): boolean {
  const isUnknown = 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION'
  return isUnknown && /\.[cm]?ts"/.test(error.message)
}

/** Node tells the place of an error in JavaScript only when it ends the process, so another process has to look. */
function addPlace(error: SyntaxError, file: string): void {
  if (error.stack?.match(/^ +at (?!.*node:)/m)) return // thrown by code that runs, such as `JSON.parse`
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' })
  const [place = ''] = stderr.split('\n', 1)
  if (place !== '') error.stack = `${place}\n${error.stack}`
}
