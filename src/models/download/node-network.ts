import { UserError } from '../../errors/index.ts'
import type { FileAnswer, FileNetwork, FileRequest } from './network.ts'

/**
 * The network of Node.js, and of hosts that have its modules. They are asked for when they are needed, so that bundles
 * for browsers do without.
 *
 * @throws {UserError} elsewhere, when it is used
 */
export const nodeNetwork: FileNetwork = {
  async resolve(hostname) {
    const found = await node().getBuiltinModule('node:dns/promises').lookup(hostname, { all: true })
    return found.map(({ address }) => address)
  },
  get: (request) =>
    new Promise((resolve, reject) => {
      const { url, signal } = request
      const module = url.protocol === 'https:' ? 'node:https' : 'node:http'
      const { request: send } = node().getBuiltinModule(module)
      const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'agentchart' }
      const sent = send(url, { agent: false, headers, signal, lookup: lookupOf(request) })
      sent.once('error', reject)
      sent.once('response', (answer) => {
        const file: FileAnswer = {
          status: answer.statusCode ?? 0,
          header: (name) => headerOf(answer.headers[name]),
          body: answer,
          close: () => answer.destroy(),
        }
        // What goes wrong from now on is told by the body; nobody listens to one that is not wanted.
        sent.on('error', () => {})
        answer.on('error', () => {})
        resolve(file)
      })
      sent.end()
    }),
}

type Lookup = (
  hostname: string,
  options: { readonly all?: boolean | undefined },
  callback: (error: null, address: string | Found[], family?: number) => void,
) => void

interface Found {
  readonly address: string
  readonly family: number
}

/** Answers with what was found before, so that a name cannot lead elsewhere once it has been checked. */
function lookupOf({ addresses }: FileRequest): Lookup {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return (_hostname, { all }, callback) => {
    const [first] = found
    if (all === true || first === undefined) callback(null, found)
    else callback(null, first.address, first.family)
  }
}

function headerOf(value: string | readonly string[] | undefined): string | null {
  return typeof value === 'string' ? value : (value?.[0] ?? null)
}

function node(): Pick<NodeJS.Process, 'getBuiltinModule'> {
  const host: NodeJS.Process | undefined = globalThis.process
  if (typeof host?.getBuiltinModule === 'function') return host
  throw new UserError('Files cannot be downloaded here: there is no Node.js', {
    hint: 'Pass a `network` of your own',
  })
}
