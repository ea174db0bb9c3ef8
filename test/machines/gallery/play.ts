import type { AnyMachineSnapshot, InspectionEvent } from 'xstate'
import { z } from 'zod'
import { Agent, type ModelMessage } from '../../../src/index.ts'
import { FunctionModel, ScriptedModel } from '../../../src/testing/index.ts'
import { textOf } from '../../../examples/print.ts'
import type { Coverage } from '../coverage.ts'

/** An agent that says these things, one a run. */
export function saying(...answers: readonly (string | Error)[]) {
  return new Agent({ model: new ScriptedModel(answers) })
}

/** An agent that decides these things, one a run. */
export function deciding<TSchema extends z.ZodType>(
  output: TSchema,
  ...decisions: readonly (z.input<TSchema> | Error)[]
) {
  const responses = decisions.map((decision) =>
    decision instanceof Error ? decision : { parts: [decided(output, decision)] },
  )
  return new Agent({ model: new ScriptedModel(responses), output })
}

/** A model is asked for an object; what is none comes in one. */
function decided(schema: z.ZodType, value: unknown) {
  const args = schema instanceof z.ZodObject ? Object(value) : { response: value }
  return { partKind: 'tool-call', toolName: 'final_result', args } as const
}

/** An agent that says what it was told last, and keeps what it has read. */
export function listening(heard: (readonly ModelMessage[])[], answer = 'heard') {
  const model = new FunctionModel((messages) => {
    heard.push(messages)
    return answer
  })
  return new Agent({ model })
}

/** What the last prompt of these messages says. */
export function promptIn(messages: readonly ModelMessage[] | undefined): string {
  const parts = messages?.flatMap((message) => (message.kind === 'request' ? message.parts : []))
  return textOf(parts?.findLast((part) => part.partKind === 'user-prompt')?.content)
}

/** An agent that is at work until it is stopped; tells when it was asked, and when it was stopped. */
export function busy() {
  const signals: AbortSignal[] = []
  const model = new FunctionModel((_, { signal }) => {
    signals.push(signal)
    return new Promise<never>((__, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  })
  return { agent: new Agent({ model }), signals }
}

/** The states that a machine comes to, also in passing; for the option `inspect`. */
export class Journey {
  readonly states: string[] = []
  readonly inspect: (event: InspectionEvent) => void

  constructor(coverage: Coverage) {
    this.inspect = (event) => {
      if (event.type !== '@xstate.microstep' && event.type !== '@xstate.snapshot') return
      if (event.actorRef.sessionId !== event.rootId) return
      const snapshot = event.snapshot as AnyMachineSnapshot // the machine's own
      coverage.enter(snapshot)
      const value = String(snapshot.value)
      if (this.states.at(-1) !== value) this.states.push(value)
    }
  }
}
