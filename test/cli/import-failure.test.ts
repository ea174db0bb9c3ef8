import { describe, expect, it } from 'vitest'
import { importFailure } from '../../src/cli/import-failure.ts'
import { UserError } from '../../src/errors/index.ts'

const unknownExtension = (extension: string) =>
  Object.assign(new TypeError(`Unknown file extension "${extension}" for /a/agent${extension}`), {
    code: 'ERR_UNKNOWN_FILE_EXTENSION',
  })

describe('a module that cannot be imported', () => {
  it.each(['.ts', '.mts'])('says which Node it takes to run %s', (extension) => {
    const failure = importFailure(unknownExtension(extension), `/a/agent${extension}`)
    expect(failure).toBeInstanceOf(UserError)
    expect(String(failure)).toContain(`Node ${process.version} does not run TypeScript`)
    expect(String(failure)).toContain('Use Node 22.18 or newer')
  })

  it.each([unknownExtension('.py'), new Error('no'), 'no', new SyntaxError('in JSON')])(
    'fails with %s as it is',
    (error) => expect(importFailure(error, '/a/agent.py')).toBe(error),
  )
})
