import { AgentError } from './agent-error.ts'

/** What is known of a download that failed. */
export interface FileDownloadErrorOptions {
  /** Of the answer, when there was one. */
  readonly statusCode?: number | null
  readonly hint?: string
  readonly cause?: unknown
}

/** A file was not downloaded: the address is refused, or the server did not deliver. */
export class FileDownloadError extends AgentError {
  override name = 'FileDownloadError' as const
  /** Without what may be secret: user, password, query and fragment are left out. */
  readonly url: string
  /** With which the server answered; `null` when it did not. */
  readonly statusCode: number | null

  /** @param reason goes on from "Could not download '…': " */
  constructor(url: string, reason: string, options: FileDownloadErrorOptions = {}) {
    const { statusCode = null, ...rest } = options
    const shown = withoutSecrets(url)
    super(`Could not download '${shown}': ${reason}`, rest)
    this.url = shown
    this.statusCode = statusCode
  }
}

/** The address as it may be logged. */
function withoutSecrets(address: string): string {
  const [beginning = ''] = address.split(/[?#]/)
  if (/^data:/i.test(beginning)) return `${beginning.slice(0, 30).replace(/,.*$/s, '')},…`
  const shown = beginning.replace(/^([a-z][a-z\d+.-]*:\/*)[^/]*@/i, '$1')
  return beginning === address ? shown : `${shown}?…`
}
