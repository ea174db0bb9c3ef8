/** Tells `retrievingFetch` which response is meant; it never leaves the process. */
const header = 'x-agentchart-retrieve'

/**
 * Marks a request to OpenAI's Responses API as a question about a response that it works on in the background.
 *
 * @param startingAfter the last event of its stream that has come; absent when the whole response is asked for
 */
export function retrieveHeaders(
  responseId: string,
  startingAfter?: number,
): Readonly<Record<string, string>> {
  const query = startingAfter === undefined ? '' : `?starting_after=${startingAfter}&stream=true`
  return { [header]: `${encodeURIComponent(responseId)}${query}` }
}

/**
 * A `fetch` for a package that can only create responses: a marked `POST …/responses` is sent as
 * `GET …/responses/{id}`, anything else as it is.
 */
export function retrievingFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers)
    const resource = headers.get(header)
    if (resource === null) return fetch(input, init)
    headers.delete(header)
    headers.delete('content-type')
    const address = input instanceof Request ? input.url : String(input)
    const url = `${address}/${resource}`
    return fetch(url, { method: 'GET', headers, signal: init?.signal ?? null })
  }
}
