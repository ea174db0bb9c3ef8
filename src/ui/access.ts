/**
 * Who may talk to the inspector's server.
 *
 *   A1. Whoever sees runs or drives them knows the token; it is compared in constant time.
 *   A2. A page of somebody else can do neither: its origin is refused, and so is a host name that was made to point here.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/** Where a server listens. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** What is wrong with a request. */
export interface Refusal {
  readonly status: 401 | 403
  readonly message: string
}

export function newToken(): string {
  return randomBytes(24).toString('base64url')
}

/** Refuses names that are not those of this server: one that was made to resolve to it is how other sites get in. A2 */
export function refuseHost({ host = '' }: IncomingHttpHeaders, place: Place): Refusal | undefined {
  const name = nameIn(host)
  const isOurs = name === 'localhost' || isIP(name) !== 0 || name === place.host.toLowerCase()
  return isOurs ? undefined : { status: 403, message: 'This host name is not known here' }
}

/** Refuses pages of other origins; who sends none is no page. A2 */
export function refuseOrigin({ origin, host }: IncomingHttpHeaders): Refusal | undefined {
  if (origin === undefined || origin === `http://${host ?? ''}`) return undefined
  return { status: 403, message: 'Requests of other origins are refused' }
}

/** Refuses whoever does not know the token. A1 */
export function refuseToken(given: string | null | undefined, token: string): Refusal | undefined {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  if (timingSafeEqual(digest(given ?? ''), digest(token))) return undefined
  return { status: 401, message: 'Open the address that the command line has printed' }
}

export function bearerOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  return /^Bearer ([\w-]+)$/.exec(authorization)?.[1]
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** A host as it stands in a URL. */
export function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return isIP(host) === 6 ? `[${host}]` : host
}

/** Without the port, lower case, and without the brackets of IPv6. */
function nameIn(host: string): string {
  const name = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(host)?.[1] ?? ''
  return name.replace(/^\[(.*)\]$/, '$1').toLowerCase()
}
