import { toModel } from '../models/index.ts'
import { type AgentModule, loadAgentModule, modelOf } from './agent-module.ts'
import type { ChatCommand } from './arguments.ts'
import { Conversation } from './chat/conversation.ts'
import type { Desk } from './chat/desk.ts'
import { historyPath, InputHistory } from './chat/input-history.ts'
import { pipeDesk } from './chat/pipe-desk.ts'
import {
  type Chat,
  commandNames,
  readSlashCommand,
  runSlashCommand,
} from './chat/slash-commands.ts'
import { terminalDesk } from './chat/terminal-desk.ts'
import { takeTurn, type TurnEnd } from './chat/turn.ts'
import { failureFacts } from './failure.ts'
import { counted } from './usage-text.ts'

/** What a chat needs of the process. */
export interface ChatProcess extends Pick<NodeJS.EventEmitter, 'on' | 'off'> {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream
  readonly env: NodeJS.ProcessEnv
  exit(code: number): void
}

/** What a shell expects of a program that was interrupted. */
const interruptedCode = 130

/** Chats with the agent of a module until there is no more input. Gives the exit code. */
export async function chatWithAgent(
  command: ChatCommand,
  host: ChatProcess = process,
): Promise<number> {
  const module = await loadAgentModule(command.module)
  const { system, modelName } = toModel(command.model ?? modelOf(module.agent))
  const desk = deskFor(command, host)
  const chat: Chat = {
    conversation: new Conversation(),
    say: (text) => desk.say(text),
    forget: () => desk.forget(),
    model: command.model,
    ownModel: `${system}:${modelName}`,
  }
  if (desk.isAttended) desk.remark(`${module.agent.name ?? 'agent'} on ${chat.ownModel} · /help`)
  if (command.from !== undefined) {
    chat.conversation.load(command.from)
    desk.remark(`Going on from ${counted(chat.conversation.messages.length, 'message')}`)
  }
  return chatOn({ module, chat, desk, host })
}

interface Sitting {
  readonly module: AgentModule
  readonly chat: Chat
  readonly desk: Desk
  readonly host: ChatProcess
}

/** Without a person, whatever goes wrong ends the chat: what follows would build on an answer that is not there. */
async function chatOn(sitting: Sitting): Promise<number> {
  const { desk } = sitting
  let isWarned = false
  for (;;) {
    const reading = await desk.read()
    if (reading.kind === 'ended') return 0
    if (reading.kind === 'interrupted') {
      if (isWarned) return interruptedCode
      desk.remark('Ctrl-C once more leaves') // it may have been meant for a turn that was just over
      isWarned = true
      continue
    }
    isWarned = false
    if (reading.text.trim() === '') continue
    const command = readSlashCommand(reading.text)
    if (command?.name === '/exit') return 0
    const code =
      command === undefined
        ? await takeTurnOf(sitting, reading.text)
        : runCommand(sitting, command.name, command.argument)
    if (code !== 0 && !desk.isAttended) return code
    isWarned = code === interruptedCode
  }
}

function runCommand({ chat, desk }: Sitting, name: string, argument: string | undefined): number {
  try {
    runSlashCommand(chat, name, argument)
    return 0
  } catch (error) {
    desk.fail(failureFacts(error, undefined))
    return 1
  }
}

async function takeTurnOf({ module, chat, desk, host }: Sitting, prompt: string): Promise<number> {
  const { conversation, model } = chat
  const { signal, ignore } = listenForInterruption(host, desk)
  try {
    const history = conversation.historyForPrompt()
    const end = await takeTurn({ ...module, prompt, history, model, signal }, desk)
    desk.endTurn()
    conversation.add(end.messages, end.usage)
    return tellEnd(end, desk)
  } finally {
    ignore()
  }
}

function tellEnd({ outcome, error, run }: TurnEnd, desk: Desk): number {
  switch (outcome) {
    case 'done':
      return 0
    case 'interrupted':
      desk.remark('Interrupted. What came stays in the history; /undo takes it back, Ctrl-C leaves')
      return interruptedCode
    case 'failed':
      desk.fail(failureFacts(error, run))
      if (desk.isAttended) desk.remark('What came stays in the history; /undo takes it back')
      return 1
  }
}

function deskFor({ yes: approvesAll }: ChatCommand, host: ChatProcess): Desk {
  const { stdin, stdout, stderr, env } = host
  if (stdin.isTTY !== true || stdout.isTTY !== true) {
    return pipeDesk({ stdin, stdout, stderr, approvesAll })
  }
  return terminalDesk({
    input: stdin,
    output: stdout,
    history: new InputHistory(historyPath(env)),
    completions: commandNames,
    approvesAll,
  })
}

/** The first Ctrl-C lets the turn settle with what it has, which takes a second at most; the third one does not wait. */
function listenForInterruption(
  host: ChatProcess,
  desk: Desk,
): { readonly signal: AbortSignal; readonly ignore: () => void } {
  const controller = new AbortController()
  let presses = 0
  const onSignal = (): void => {
    presses += 1
    if (presses === 1) controller.abort('Interrupted')
    else if (presses === 2) desk.remark('The turn is stopping; Ctrl-C once more leaves at once')
    else host.exit(interruptedCode)
  }
  const holdOpen = desk.isAttended ? setInterval(() => {}, 60_000) : undefined // a turn that is stuck loses no chat
  const ignore = (): void => {
    clearInterval(holdOpen)
    host.off('SIGINT', onSignal)
  }
  host.on('SIGINT', onSignal)
  return { signal: controller.signal, ignore }
}
