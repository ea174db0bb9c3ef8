import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

interface TestServer {
  readonly port: number
  /** With `127.0.0.1` as its host. */
  readonly url: string
  /** Hosts and paths that were asked for. */
  readonly asked: string[]
}

/** A server on loopback, gone when the test is over. */
export async function serve(listener: RequestListener): Promise<TestServer> {
  const asked: string[] = []
  const server: Server = createServer((request, answer) => {
    asked.push(`${request.headers.host ?? ''}${request.url ?? ''}`)
    listener(request, answer)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}`, asked }
}
