/**
 * Downloads one file from an address that somebody else may have chosen.
 *
 *   D1. Only http and https are spoken, and no address carries credentials.
 *   D2. Every address of a host is judged before anything is sent, and the connection goes to one of those.
 *   D3. A redirect is judged like the first address.
 *   D4. Metadata servers of clouds are never asked; other local addresses only by consent.
 *   D5. Not more than `maxBytes` are kept, and not more than `timeoutMs` are spent, redirects included.
 */
import { FileDownloadError, type FileDownloadErrorOptions } from '../../errors/index.ts'
import type { Clock } from '../clock.ts'
import { parseAddress, reachOf } from './addresses.ts'
import type { FileAnswer, FileNetwork } from './network.ts'

const mostRedirects = 5

/** Names that lead to metadata, whatever they resolve to here. */
const metadataHosts: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.tencentyun.com',
  'instance-data',
])

/** How far a download may go. */
export interface DownloadTerms {
  /** Whether the file may come from the machine itself or its network. */
  readonly allowsLocal: boolean
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly network: FileNetwork
}

/** What was downloaded. */
export interface DownloadedFile {
  readonly bytes: Uint8Array
  /** As the server says, without parameters; `null` when it says nothing. */
  readonly mediaType: string | null
}

/**
 * @throws {FileDownloadError} when the address is refused, the server does not deliver, or a bound is passed
 */
export async function downloadFile(url: string, terms: DownloadTerms): Promise<DownloadedFile> {
  const { signal, clock, timeoutMs } = terms
  signal.throwIfAborted()
  const refuse: Refuse = (reason, options) => new FileDownloadError(url, reason, options)
  const controller = new AbortController()
  const late = refuse(`it took longer than ${timeoutMs} ms`)
  const timer = clock.setTimeout(() => controller.abort(late), timeoutMs)
  const both = AbortSignal.any([signal, controller.signal])
  try {
    const download = /^data:/i.test(url)
      ? readDataUrl(url, terms, refuse)
      : follow(url, { ...terms, signal: both }, refuse)
    return await unlessAborted(download, both)
  } catch (cause) {
    both.throwIfAborted()
    if (cause instanceof FileDownloadError) throw cause
    throw refuse(cause instanceof Error ? cause.message : String(cause), { cause })
  } finally {
    clock.clearTimeout(timer)
  }
}

type Refuse = (reason: string, options?: FileDownloadErrorOptions) => FileDownloadError

async function follow(
  address: string,
  terms: DownloadTerms,
  refuse: Refuse,
): Promise<DownloadedFile> {
  let url = parsed(address, undefined, refuse)
  for (let redirects = 0; ; redirects += 1) {
    const addresses = await checkedAddresses(url, terms, refuse)
    terms.signal.throwIfAborted()
    const answer = await terms.network.get({ url, addresses, signal: terms.signal })
    const location = isRedirect(answer) ? answer.header('location') : null
    if (location === null) return read(answer, terms, refuse)
    answer.close()
    if (redirects === mostRedirects)
      throw refuse(`it was redirected more than ${mostRedirects} times`)
    url = parsed(location, url, refuse) // D3
  }
}

/** D1 */
function parsed(address: string, base: URL | undefined, refuse: Refuse): URL {
  const url = URL.parse(address, base?.href)
  const led = base === undefined ? 'it' : 'a redirect'
  if (url === null) throw refuse(`${led} is no valid URL`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(`${led} is neither http nor https, but '${url.protocol}'`)
  }
  if (url.username !== '' || url.password !== '') throw refuse(`${led} contains credentials`)
  return url
}

/** D2 */
async function checkedAddresses(
  { hostname }: URL,
  { network, allowsLocal }: DownloadTerms,
  refuse: Refuse,
): Promise<readonly string[]> {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '')
  if (metadataHosts.has(host)) throw refuse(`'${host}' is a metadata server of a cloud`)
  const isAddress = parseAddress(host) !== undefined
  const addresses = isAddress ? [host] : await network.resolve(host)
  if (addresses.length === 0) throw refuse(`'${host}' has no address`)
  for (const address of addresses) {
    const reach = reachOf(address)
    const shown = isAddress ? `'${host}'` : `'${host}' (${address})`
    if (reach === 'metadata') throw refuse(`${shown} is a metadata server of a cloud`) // D4
    if (reach === 'local' && !allowsLocal) {
      throw refuse(`${shown} is not on the public internet`, {
        hint: "If the address comes from somebody you trust, set `forceDownload: 'allow-local'`",
      })
    }
  }
  return addresses
}

function isRedirect({ status }: FileAnswer): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

async function read(
  answer: FileAnswer,
  { maxBytes }: DownloadTerms,
  refuse: Refuse,
): Promise<DownloadedFile> {
  try {
    const { status: statusCode } = answer
    if (statusCode < 200 || statusCode > 299) {
      throw refuse(`the server answered with the status ${statusCode}`, { statusCode })
    }
    const announced = Number(answer.header('content-length') ?? 0)
    if (announced > maxBytes) throw refuse(tooLarge(maxBytes), { statusCode })
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of decoded(answer, refuse)) {
      size += chunk.length
      if (size > maxBytes) throw refuse(tooLarge(maxBytes), { statusCode }) // D5
      chunks.push(chunk)
    }
    return { bytes: joined(chunks, size), mediaType: bareType(answer.header('content-type')) }
  } finally {
    answer.close()
  }
}

/** The body unpacked: some servers pack what they were asked to send as it is. */
function decoded(answer: FileAnswer, refuse: Refuse): AsyncIterable<Uint8Array> {
  const encoding = answer.header('content-encoding')?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return answer.body
  if (!/^(x-)?gzip$/.test(encoding)) throw refuse(`it is encoded as '${encoding}'`)
  return ReadableStream.from(answer.body).pipeThrough(new DecompressionStream('gzip'))
}

/** The file is in the address itself: nobody is asked. */
async function readDataUrl(
  url: string,
  { maxBytes }: DownloadTerms,
  refuse: Refuse,
): Promise<DownloadedFile> {
  const answer = await fetch(url)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  if (bytes.length > maxBytes) throw refuse(tooLarge(maxBytes))
  return { bytes, mediaType: bareType(answer.headers.get('content-type')) }
}

function tooLarge(maxBytes: number): string {
  return `it is larger than ${maxBytes} bytes`
}

function bareType(contentType: string | null): string | null {
  return contentType?.split(';')[0]?.trim().toLowerCase() || null
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** Looking up a name cannot be called off, so nobody waits for it. */
function unlessAborted<TValue>(work: Promise<TValue>, signal: AbortSignal): Promise<TValue> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
