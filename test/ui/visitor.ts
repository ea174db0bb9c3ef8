import type { ServedInspector } from '../../src/ui/index.ts'
import type { Command, CommandResult, RunState, ServerMessage } from '../../src/ui/protocol.ts'

/** A page without a browser: reads all that the server tells, and commands. */
export interface Visitor {
  readonly told: readonly ServerMessage[]
  readonly send: (command: Command) => Promise<CommandResult>
  /** Like `send`, for commands that have to work; gives the session. */
  readonly done: (command: Command) => Promise<string>
  /** Resolves when what was told fits. */
  readonly until: (holds: (told: readonly ServerMessage[]) => boolean) => Promise<void>
  /** Resolves with the latest state of a run that fits. */
  readonly run: (session: string, holds: (run: RunState) => boolean) => Promise<RunState>
  readonly leave: () => void
}

export async function visit({ url }: Pick<ServedInspector, 'url'>): Promise<Visitor> {
  const { origin, searchParams } = new URL(url)
  const headers = { authorization: `Bearer ${searchParams.get('token')}` }
  const leaving = new AbortController()
  const stream = await fetch(`${origin}/events`, { headers, signal: leaving.signal })
  const told: ServerMessage[] = []
  const waiting = new Set<() => void>()
  const read = async (): Promise<void> => {
    for await (const message of messagesIn(stream)) {
      told.push(message)
      for (const look of waiting) look()
    }
  }
  read().catch(() => {}) // it ends when the page leaves
  const until: Visitor['until'] = (holds) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = (): void => {
      if (holds(told)) resolve()
    }
    waiting.add(look)
    look()
    return promise.finally(() => waiting.delete(look))
  }
  const send: Visitor['send'] = async (command) => {
    const response = await fetch(`${origin}/command`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(command),
    })
    return (await response.json()) as CommandResult
  }
  return {
    told,
    send,
    done: async (command) => {
      const result = await send(command)
      if (!result.ok) throw new Error(`${result.error.name}: ${result.error.message}`)
      return result.session ?? ''
    },
    until,
    run: async (session, holds) => {
      await until(() => isRun(latest(told, 'run', session)?.run, holds))
      const state = latest(told, 'run', session)?.run
      if (state === undefined) throw new Error('It was there a moment ago')
      return state
    },
    leave: () => leaving.abort(),
  }
}

const isRun = (run: RunState | undefined, holds: (run: RunState) => boolean): boolean =>
  run !== undefined && holds(run)

type Told<TType extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: TType }>

/** Messages of one type, of one session if one is named. */
export function all<TType extends ServerMessage['type']>(
  told: readonly ServerMessage[],
  type: TType,
  session?: string,
): readonly Told<TType>[] {
  return told.filter(
    (message): message is Told<TType> =>
      message.type === type && (session === undefined || sessionOf(message) === session),
  )
}

export function latest<TType extends ServerMessage['type']>(
  told: readonly ServerMessage[],
  type: TType,
  session?: string,
): Told<TType> | undefined {
  return all(told, type, session).at(-1)
}

function sessionOf(message: ServerMessage): string | undefined {
  if (message.type === 'session') return message.session.id
  return 'session' in message ? message.session : undefined
}

/** The messages of a run, put together as a page does it. */
export function conversation(told: readonly ServerMessage[], session: string): readonly unknown[] {
  const messages: unknown[] = []
  for (const { from, messages: items } of all(told, 'messages', session))
    messages.splice(from, messages.length, ...items)
  return messages
}

async function* messagesIn({ body }: Response): AsyncGenerator<ServerMessage> {
  let text = ''
  for await (const piece of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const lines = (text + piece).split('\n\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length)) as ServerMessage
    }
  }
}
