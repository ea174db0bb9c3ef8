import {
  type Codec,
  data,
  integer,
  list,
  object,
  oneOf,
  parseJson,
  Place,
  record,
  text,
  variants,
} from '../codec/index.ts'
import type { Command } from './protocol.ts'

const flexible: Codec<string | null> = {
  read: (value, place) => (value === null ? null : text.read(value, place)),
}

const drive = oneOf('auto', 'step')
const addressed = { session: text }
const call = { ...addressed, toolCallId: text }
const place = { index: integer, path: list(text) }

function command<
  const TType extends string,
  TRequired extends Readonly<Record<string, Codec<unknown>>>,
  TOptional extends Readonly<Record<string, Codec<unknown>>>,
>(type: TType, required: TRequired, optional: TOptional) {
  const codec = object({ type: oneOf(type), ...required }, optional)
  return { ...codec, complete: codec.read }
}

const commands = variants<Command>(
  { wire: 'type', memory: 'type' },
  {
    start: command('start', { agent: flexible, prompt: text, drive }, {}),
    next: command('next', addressed, { node: data }),
    drive: command('drive', { ...addressed, drive }, {}),
    cancel: command('cancel', addressed, { reason: text }),
    enqueue: command('enqueue', { ...addressed, text }, {}),
    approve: command('approve', call, { ...place, overrideArgs: record }),
    deny: command('deny', call, { ...place, message: text }),
    answer: command('answer', { ...call, result: data }, place),
    fork: command('fork', { ...addressed, visit: integer, drive }, { node: data }),
    open: command('open', { runId: text }, {}),
    resume: command('resume', { runId: text, drive }, {}),
    search: command('search', { text, status: flexible, limit: integer }, {}),
  },
)

/**
 * A command as a page sent it.
 *
 * @throws {ValidationError} naming the place of what is not as it should be
 * @throws {SyntaxError} for what is no JSON
 */
export function readCommand(body: string): Command {
  return commands.read(parseJson(body), new Place())
}
