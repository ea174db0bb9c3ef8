import { UserError } from '../../errors/index.ts'
import type { ModelMessage } from '../../messages/index.ts'
import { toModel } from '../../models/index.ts'
import { type Entry, messageEntries } from '../node-text.ts'
import { counted, usageText } from '../usage-text.ts'
import type { Conversation } from './conversation.ts'

/** What commands can see and change. */
export interface Chat {
  readonly conversation: Conversation
  readonly say: (text: string) => void
  /** Told when another conversation begins. */
  readonly forget: () => void
  /** Instead of the agent's. */
  model: string | undefined
  /** What the agent runs on otherwise. */
  readonly ownModel: string
}

interface SlashCommand {
  readonly name: string
  /** What may stand behind it. */
  readonly takes?: string
  readonly does: string
  readonly run: (chat: Chat, argument: string | undefined) => void
}

const slashCommands: readonly SlashCommand[] = [
  {
    name: '/undo',
    does: 'Take the last turn back',
    run({ conversation, say }) {
      if (!conversation.undo()) throw new UserError('There is no turn to take back')
      say(`Took the last turn back; ${counted(conversation.messages.length, 'message')} left`)
    },
  },
  {
    name: '/history',
    does: 'Show what was said so far',
    run({ conversation, say }) {
      for (const { label, text } of conversation.messages.flatMap(entriesWithState)) {
        say(`${label.padEnd(width)}  ${text.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`)
      }
    },
  },
  {
    name: '/usage',
    does: 'Show requests, tokens and cost, of the last turn and of this chat',
    run({ conversation: { usage }, say }) {
      say(`last turn  ${usageText(usage.last)}\nthis chat  ${usageText(usage.total)}`)
    },
  },
  {
    name: '/save',
    takes: '[file]',
    does: 'Write the messages as JSON',
    run({ conversation, say }, path) {
      say(`Saved ${counted(conversation.messages.length, 'message')} to ${conversation.save(path)}`)
    },
  },
  {
    name: '/load',
    takes: '<file>',
    does: 'Go on from saved messages instead',
    run({ conversation, say, forget }, path) {
      if (path === undefined) throw new UserError('No file was named', { hint: 'Use /load <file>' })
      conversation.load(path)
      forget()
      say(`Going on from ${counted(conversation.messages.length, 'message')}`)
    },
  },
  {
    name: '/clear',
    does: 'Start a new conversation',
    run({ conversation, say, forget }) {
      conversation.clear()
      forget()
      say('A new conversation')
    },
  },
  {
    name: '/model',
    takes: '[name]',
    does: 'Show the model, or use another one from now on',
    run(chat, name) {
      if (name !== undefined) {
        toModel(name) // what cannot be a model is refused here
        chat.model = name
      }
      chat.say(`The model is ${chat.model ?? chat.ownModel}`)
    },
  },
  {
    name: '/help',
    does: 'Show this',
    run: ({ say }) => say(helpText()),
  },
  { name: '/exit', does: 'Leave; so does Ctrl-D', run() {} },
]

/** Of the column with the labels. */
const width = 11

function entriesWithState(message: ModelMessage): readonly Entry[] {
  const entries = messageEntries(message)
  return message.state === 'interrupted'
    ? [...entries, { label: 'interrupted', text: '' }]
    : entries
}

export const commandNames: readonly string[] = slashCommands.map(({ name }) => name)

/** A command and what stands behind it; `undefined` when the text is a prompt. */
export function readSlashCommand(
  text: string,
): { readonly name: string; readonly argument: string | undefined } | undefined {
  const [, name, argument] = /^(\/[a-z]+)(?:\s+(.*\S))?\s*$/s.exec(text) ?? []
  return name === undefined ? undefined : { name, argument }
}

/** @throws {UserError} when there is no such command; and what commands throw */
export function runSlashCommand(chat: Chat, name: string, argument: string | undefined): void {
  const command = slashCommands.find((each) => each.name === name)
  if (command === undefined) {
    throw new UserError(`There is no command '${name}'`, {
      hint: 'Use /help; a prompt that begins like one begins with a space',
    })
  }
  command.run(chat, argument)
}

function helpText(): string {
  const rows = slashCommands.map(({ name, takes = '', does }) => ({
    left: `${name} ${takes}`.trimEnd(),
    does,
  }))
  return [
    ...rows.map(({ left, does }) => `${left.padEnd(16)}${does}`),
    'A line that ends in \\ goes on in the next. Ctrl-C stops the turn, and leaves when none is under way.',
  ].join('\n')
}
