import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FileDownloadError } from '../../../src/errors/index.ts'
import {
  bytesOf,
  DocumentUrl,
  type FileUrl,
  ImageUrl,
  type ModelMessage,
  ToolReturnPart,
  UserPromptPart,
  VideoUrl,
} from '../../../src/messages/index.ts'
import { downloadFiles, type DownloadOptions } from '../../../src/models/download/download-files.ts'
import type { FileNetwork } from '../../../src/models/download/network.ts'
import { nodeNetwork } from '../../../src/models/download/node-network.ts'
import { ManualClock } from '../../../src/testing/index.ts'
import { rejection } from '../../agent/script.ts'
import { at, request, response } from '../calls.ts'
import { serve } from './servers.ts'

const local = { forceDownload: 'allow-local' } as const

function prompt(...files: FileUrl[]): ModelMessage {
  return request(UserPromptPart(['Look:', ...files], at))
}

/** What became of the first file of a prompt. */
async function downloaded(file: FileUrl, options: DownloadOptions = {}): Promise<unknown> {
  const [message] = await downloadFiles([prompt(file)], options)
  const [part] = message?.parts ?? []
  return part?.partKind === 'user-prompt' ? part.content[1] : part
}

function textIn(content: unknown): string {
  return new TextDecoder().decode(bytesOf(content as { data: string }))
}

/** The network of the machine with names of its own. */
function withNames(names: Readonly<Record<string, readonly string[]>>): FileNetwork {
  return { ...nodeNetwork, resolve: async (hostname) => names[hostname] ?? [] }
}

/** Fails the test when it is used. */
const noNetwork: FileNetwork = {
  resolve: async () => {
    throw new Error('A name was looked up')
  },
  get: async () => {
    throw new Error('Somebody was asked')
  },
}

describe('downloadFiles', () => {
  it('replaces a file by address with the file', async () => {
    const server = await serve((_, answer) => {
      answer.setHeader('content-type', 'Text/CSV; charset=utf-8').end('a,b')
    })
    const options = { ...local, vendorMetadata: { detail: 'high' }, identifier: 'table' }
    const content = await downloaded(DocumentUrl(`${server.url}/table`, options))
    expect(content).toEqual({
      kind: 'binary',
      data: 'YSxi',
      mediaType: 'text/csv',
      vendorMetadata: { detail: 'high' },
      identifier: 'table',
    })
  })

  it('keeps a media type that is known, and assumes nothing without one', async () => {
    const server = await serve((_, answer) => void answer.end('x'))
    const known = ImageUrl(`${server.url}/a`, { ...local, mediaType: 'image/png' })
    expect(await downloaded(known)).toMatchObject({ mediaType: 'image/png' })
    const unknown = DocumentUrl(`${server.url}/b`, local)
    expect(await downloaded(unknown)).toMatchObject({ mediaType: 'application/octet-stream' })
  })

  it('leaves other files alone, and shares messages that stay as they are', async () => {
    const messages = [
      request(UserPromptPart('Hi', at)),
      prompt(ImageUrl('https://example.com/a.png')),
      response(),
    ]
    expect(await downloadFiles(messages, { network: noNetwork })).toBe(messages)
    const server = await serve((_, answer) => void answer.end('x'))
    const more = [...messages, prompt(ImageUrl(`${server.url}/b.png`, local))]
    const replaced = await downloadFiles(more)
    expect(replaced.slice(0, 3).every((message, i) => message === more[i])).toBe(true)
    expect(replaced[3]).not.toBe(more[3])
  })

  it('downloads what the provider cannot fetch', async () => {
    const network = withNames({ 'files.test': ['127.0.0.1'] })
    const file = DocumentUrl('http://files.test/a.pdf')
    const needsDownload = ({ kind }: FileUrl): boolean => kind === 'document-url'
    await expect(downloaded(file, { needsDownload, network })).rejects.toThrow(FileDownloadError)
    const image = ImageUrl('http://files.test/a.png')
    expect(await downloaded(image, { needsDownload, network })).toBe(image)
  })

  it('leaves videos of YouTube alone', async () => {
    const file = VideoUrl('https://www.youtube.com/watch?v=x', { forceDownload: true })
    expect(await downloaded(file, { network: noNetwork })).toBe(file)
  })

  it('reads a file that is in the address itself', async () => {
    const base64 = ImageUrl('data:image/png;base64,SGk=', { forceDownload: true })
    const plain = DocumentUrl('data:,a%20b', { forceDownload: true })
    const options = { network: noNetwork }
    expect(await downloaded(base64, options)).toMatchObject({
      data: 'SGk=',
      mediaType: 'image/png',
    })
    expect(textIn(await downloaded(plain, options))).toBe('a b')
    await expect(downloaded(plain, { ...options, maxBytes: 2 })).rejects.toThrow(/larger than 2/)
  })

  it('finds what tools returned, by itself or in a list', async () => {
    const server = await serve((_, answer) => void answer.end('x'))
    const file = ImageUrl(`${server.url}/a.png`, local)
    const returned = (content: unknown): ModelMessage =>
      request(ToolReturnPart({ toolName: 't', toolCallId: 'c', timestamp: at, content }))
    const deep = { file }
    const messages = [returned(file), returned(['text', file]), returned(deep)]
    const contents = (await downloadFiles(messages)).map(({ parts: [part] }) =>
      part?.partKind === 'tool-return' ? part.content : undefined,
    )
    const binary = expect.objectContaining({ kind: 'binary', data: 'eA==' })
    expect(contents).toEqual([binary, ['text', binary], deep])
    expect(contents[2]).toBe(deep)
  })

  it('asks once for an address that is mentioned more often', async () => {
    const server = await serve((_, answer) => void answer.end('x'))
    const files = ['a', 'b', 'a'].map((name) => ImageUrl(`${server.url}/${name}.png`, local))
    await downloadFiles([prompt(...files), prompt(...files)])
    expect(server.asked).toHaveLength(2)
  })

  it('remembers what was downloaded before, if it may', async () => {
    const server = await serve((_, answer) => void answer.end('x'))
    const messages = [prompt(ImageUrl(`${server.url}/a.png`, local))]
    const cache = new WeakMap()
    const first = await downloadFiles(messages, { cache })
    expect(await downloadFiles(messages, { cache })).toEqual(first)
    expect(server.asked).toHaveLength(1)
  })

  it('calls the other downloads off when one fails', async () => {
    const server = await serve((asked, answer) => {
      if (asked.url === '/bad') answer.writeHead(404).end()
    })
    const files = ['slow', 'bad', 'slower'].map((name) => ImageUrl(`${server.url}/${name}`, local))
    const error = await rejection(downloadFiles([prompt(...files)]))
    expect(error).toMatchObject({ url: `${server.url}/bad`, statusCode: 404 })
  })

  it('downloads many files, eight at a time', async () => {
    let [most, now] = [0, 0]
    const network: FileNetwork = {
      ...noNetwork,
      get: async () => {
        now += 1
        most = Math.max(most, now)
        await new Promise((resolve) => setImmediate(resolve))
        now -= 1
        const body = (async function* () {})()
        return { status: 200, header: () => null, body, close: () => {} }
      },
    }
    const files = Array.from({ length: 30 }, (_, i) => ImageUrl(`http://127.0.0.1/${i}`, local))
    await downloadFiles([prompt(...files)], { network })
    expect(most).toBe(8)
  })
})

describe('a download is refused', () => {
  it.each([
    'http://127.0.0.1/x',
    'http://[::1]/x',
    'http://10.0.0.1/x',
    'http://2130706433/x',
    'http://0x7f.1/x',
    'http://127.0.0.1./x',
    'http://[::ffff:127.0.0.1]/x',
    'http://[64:ff9b::7f00:1]/x',
  ])('from a local address: %s', async (url) => {
    const error = await rejection(
      downloaded(ImageUrl(url, { forceDownload: true }), { network: noNetwork }),
    )
    expect(error).toBeInstanceOf(FileDownloadError)
    expect(String(error)).toMatch(/not on the public internet.*allow-local/)
  })

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://100.100.100.200/',
    'http://metadata.google.internal/computeMetadata/v1',
    'http://METADATA.google.internal./computeMetadata/v1',
  ])('from a metadata server, even with consent: %s', async (url) => {
    await expect(downloaded(ImageUrl(url, local), { network: noNetwork })).rejects.toThrow(
      /metadata server of a cloud/,
    )
  })

  it('when a name leads to a local address, or one of its addresses does', async () => {
    const network = withNames({
      'inside.test': ['192.168.1.1'],
      'mixed.test': ['8.8.8.8', '::1'],
      'cloud.test': ['169.254.169.254'],
      'nothing.test': [],
    })
    const error = (host: string, options = { forceDownload: true }): Promise<unknown> =>
      rejection(downloaded(ImageUrl(`http://${host}/x`, options), { network }))
    expect(String(await error('inside.test'))).toMatch(/'inside\.test' \(192\.168\.1\.1\) is not/)
    expect(String(await error('mixed.test'))).toMatch(/\(::1\) is not on the public internet/)
    expect(String(await error('cloud.test', local as never))).toMatch(/metadata server/)
    expect(String(await error('nothing.test'))).toMatch(/'nothing\.test' has no address/)
  })

  it.each([
    ['file:///etc/passwd', /neither http nor https, but 'file:'/],
    ['ftp://example.com/x', /neither http nor https/],
    ['gs://bucket/x', /neither http nor https/],
    ['http://user:secret@example.com/x', /contains credentials/],
    ['/relative', /no valid URL/],
  ])('of %s', async (url, message) => {
    const error = await rejection(downloaded(DocumentUrl(url, local), { network: noNetwork }))
    expect(error).toBeInstanceOf(FileDownloadError)
    expect(String(error)).toMatch(message)
    expect(String(error)).not.toContain('secret')
  })

  it('and told without what may be secret in the address', async () => {
    const url = 'http://user:secret@127.0.0.1/a.png?token=secret#secret'
    const error = await rejection(downloaded(ImageUrl(url, { forceDownload: true })))
    expect(error).toMatchObject({ url: 'http://127.0.0.1/a.png?…', statusCode: null })
    expect(String(error)).not.toContain('secret')
  })

  it('when it is larger than allowed, said before or not', async () => {
    const server = await serve((asked, answer) => {
      if (asked.url === '/said') answer.setHeader('content-length', 1000)
      answer.write(Buffer.alloc(600))
      answer.end(Buffer.alloc(400))
    })
    for (const path of ['/said', '/unsaid']) {
      const file = ImageUrl(`${server.url}${path}`, local)
      await expect(downloaded(file, { maxBytes: 999 })).rejects.toThrow(/larger than 999 bytes/)
      expect(await downloaded(file, { maxBytes: 1000 })).toMatchObject({ kind: 'binary' })
    }
  })

  it('when it is small only as long as it is packed', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000))
    const server = await serve((_, answer) => {
      answer.setHeader('content-encoding', 'gzip').end(bomb)
    })
    const file = ImageUrl(`${server.url}/a.png`, local)
    await expect(downloaded(file, { maxBytes: 10_000 })).rejects.toThrow(/larger than 10000 bytes/)
  })

  it('when the server sends an error, or packs what nobody asked it to', async () => {
    const server = await serve((asked, answer) => {
      if (asked.url === '/packed') answer.setHeader('content-encoding', 'br').end('x')
      else answer.writeHead(503).end('secret')
    })
    const error = await rejection(downloaded(ImageUrl(`${server.url}/a.png`, local)))
    expect(error).toMatchObject({ statusCode: 503 })
    const packed = downloaded(ImageUrl(`${server.url}/packed`, local))
    await expect(packed).rejects.toThrow(/encoded as 'br'/)
  })

  it('when the connection is cut', async () => {
    const server = await serve((_, answer) => {
      answer.setHeader('content-length', 100).write('x')
      answer.destroy()
    })
    const error = await rejection(downloaded(ImageUrl(`${server.url}/a.png`, local)))
    expect(error).toBeInstanceOf(FileDownloadError)
    expect((error as Error).cause).toBeInstanceOf(Error)
  })

  it('when it takes too long, and the connection is closed', async () => {
    const clock = new ManualClock()
    const begun = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const server = await serve((asked, answer) => {
      asked.once('close', () => gone.resolve())
      answer.write('x')
      begun.resolve()
    })
    const download = downloaded(ImageUrl(`${server.url}/a.png`, local), { clock, timeoutMs: 500 })
    const error = rejection(download)
    await begun.promise
    await clock.advance(500)
    expect(String(await error)).toMatch(/it took longer than 500 ms/)
    expect(await error).toBeInstanceOf(FileDownloadError)
    await gone.promise
    expect(clock.pendingTimers).toBe(0)
  })

  it('when its name is not found in time', async () => {
    const clock = new ManualClock()
    const network = { ...noNetwork, resolve: () => new Promise<never>(() => {}) }
    const file = ImageUrl('http://slow.test/a.png', { forceDownload: true })
    const error = rejection(downloaded(file, { clock, network }))
    await clock.advance(30_000)
    expect(String(await error)).toMatch(/longer than 30000 ms/)
  })

  it('with the reason of the signal when the call is aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('Enough')
    const server = await serve(() => controller.abort(reason))
    const { signal } = controller
    const file = ImageUrl(`${server.url}/a.png`, local)
    expect(await rejection(downloaded(file, { signal }))).toBe(reason)
    expect(await rejection(downloaded(file, { signal, network: noNetwork }))).toBe(reason)
  })
})

describe('a redirect', () => {
  it('is followed, also a relative one, at most five times', async () => {
    const server = await serve((asked, answer) => {
      const left = Number(asked.url?.slice(1))
      if (left === 0) answer.end('done')
      else
        answer.writeHead(302, { location: left % 2 === 0 ? `/${left - 1}` : `./${left - 1}` }).end()
    })
    expect(textIn(await downloaded(ImageUrl(`${server.url}/5`, local)))).toBe('done')
    const six = downloaded(ImageUrl(`${server.url}/6`, local))
    await expect(six).rejects.toThrow(/redirected more than 5 times/)
    expect(server.asked).toHaveLength(12)
  })

  /** A server that the network of the test takes for one of the internet. */
  async function publicServer(location: string) {
    const server = await serve((_, answer) => void answer.writeHead(302, { location }).end())
    const names = withNames({ 'public.test': ['8.8.8.8'], 'inside.test': ['10.0.0.1'] })
    const network: FileNetwork = {
      ...names,
      get: (asked) => {
        expect(asked.addresses).toEqual(['8.8.8.8'])
        return nodeNetwork.get({ ...asked, addresses: ['127.0.0.1'] })
      },
    }
    const file = ImageUrl(`http://public.test:${server.port}/a.png`, { forceDownload: true })
    return { server, error: await rejection(downloaded(file, { network })) }
  }

  it.each([
    ['http://127.0.0.1/x', /not on the public internet/],
    ['http://inside.test/x', /'inside\.test' \(10\.0\.0\.1\) is not on the public internet/],
    ['http://169.254.169.254/latest', /metadata server/],
    ['//[::1]/x', /not on the public internet/],
    ['file:///etc/passwd', /a redirect is neither http nor https/],
    ['http://user:password@public.test/', /a redirect contains credentials/],
    ['http://[', /a redirect is no valid URL/],
  ])('from the internet is refused when it leads to %s', async (location, message) => {
    const { server, error } = await publicServer(location)
    expect(error).toBeInstanceOf(FileDownloadError)
    expect(String(error)).toMatch(message)
    expect(server.asked).toHaveLength(1)
  })

  it('is refused with consent, too, when it leads to metadata', async () => {
    const location = 'http://169.254.169.254/latest'
    const server = await serve((_, answer) => void answer.writeHead(301, { location }).end())
    const download = downloaded(ImageUrl(`${server.url}/a.png`, local))
    await expect(download).rejects.toThrow(/metadata server/)
  })
})

describe('a name', () => {
  it('is looked up once, and the connection goes where it was found', async () => {
    const server = await serve((_, answer) => void answer.end('x'))
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    const network = { ...nodeNetwork, resolve: async () => answers.shift() ?? [] }
    const url = `http://rebinding.test:${server.port}/a.png`
    expect(textIn(await downloaded(ImageUrl(url, local), { network }))).toBe('x')
    expect(server.asked).toEqual([`rebinding.test:${server.port}/a.png`])
    expect(answers).toHaveLength(1)
  })

  it('is judged anew for each hop', async () => {
    const server = await serve((_, answer) => {
      answer.writeHead(302, { location: '/again' }).end()
    })
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    const network = { ...nodeNetwork, resolve: async () => answers.shift() ?? [] }
    const url = `http://rebinding.test:${server.port}/a.png`
    const download = downloaded(ImageUrl(url, local), { network })
    await expect(download).rejects.toThrow(/metadata server/)
    expect(server.asked).toHaveLength(1)
  })

  it('that the machine knows is found', async () => {
    const server = await serve((_, answer) => void answer.end('x'))
    const network = {
      ...nodeNetwork,
      get: (asked: Parameters<FileNetwork['get']>[0]) =>
        nodeNetwork.get({
          ...asked,
          addresses: asked.addresses.filter((found) => found === '127.0.0.1'),
        }),
    }
    const file = ImageUrl(`http://localhost:${server.port}/a.png`, local)
    expect(textIn(await downloaded(file, { network }))).toBe('x')
    const refused = downloaded({ ...file, forceDownload: true }, { network })
    await expect(refused).rejects.toThrow(/'localhost' \((127\.0\.0\.1|::1)\) is not/)
  })
})
