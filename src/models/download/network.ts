/** One GET request, to a server whose addresses have been looked up. */
export interface FileRequest {
  readonly url: URL
  /** Where the connection goes, whatever the name of the host says by now. At least one. */
  readonly addresses: readonly string[]
  readonly signal: AbortSignal
}

/** The answer of one server. */
export interface FileAnswer {
  readonly status: number
  /** `null` when there is none; names in lower case. */
  readonly header: (name: string) => string | null
  /** As it is on the wire. Breaking off the iteration closes the connection. */
  readonly body: AsyncIterable<Uint8Array>
  /** Closes the connection of an answer whose body is not wanted. */
  readonly close: () => void
}

/** What a download needs of its host. */
export interface FileNetwork {
  /** All IP addresses of a host name. */
  readonly resolve: (hostname: string) => Promise<readonly string[]>
  /** Asks for `url` at one of `addresses`. Follows no redirect, sends no credentials or cookies, knows no proxy. */
  readonly get: (request: FileRequest) => Promise<FileAnswer>
}
