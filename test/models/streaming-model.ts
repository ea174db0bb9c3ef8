import type { ModelResponseInput } from '../../src/messages/index.ts'
import type { Model, ModelCall, ModelProfile, ModelSettings } from '../../src/models/index.ts'
import { collectStream, defaultProfile } from '../../src/models/index.ts'
import type { ResponseDelta } from '../../src/streaming/index.ts'

/** A piece, an error that is thrown when its turn comes, or work that is done then. */
export type Step = ResponseDelta | Error | ((call: ModelCall) => unknown)

interface Facts {
  readonly modelName?: string
  readonly system?: string
  readonly profile?: Partial<ModelProfile>
  readonly settings?: ModelSettings
  readonly isRemote?: boolean
  readonly continuationDelayMs?: NonNullable<Model['continuationDelayMs']>
}

interface StreamingModel extends Model {
  readonly calls: ModelCall[]
  /** How many streams were opened and are not closed yet. */
  readonly open: number
  readonly stream: NonNullable<Model['stream']>
}

/** A model that streams prepared answers, one a request, and remembers what it was asked. */
export function streaming(
  answers: readonly (readonly Step[])[],
  facts: Facts = {},
): StreamingModel {
  const calls: ModelCall[] = []
  const state = { open: 0 }
  async function* stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const answer = answers[calls.push(call) - 1]
    if (answer === undefined) throw new Error('The model was asked too often')
    state.open += 1
    try {
      for (const step of answer) {
        if (step instanceof Error) throw step
        if (typeof step === 'function') await step(call)
        else yield step
      }
    } finally {
      state.open -= 1
    }
  }
  return {
    modelName: 'streaming',
    system: 'test',
    isRemote: false,
    ...facts,
    profile: { ...defaultProfile, ...facts.profile },
    calls,
    get open() {
      return state.open
    },
    stream,
    request: (call): Promise<ModelResponseInput> => collectStream(stream(call)),
  }
}

export function text(content: string): ResponseDelta {
  return { kind: 'text', content }
}

export async function collected<TItem>(items: AsyncIterable<TItem>): Promise<TItem[]> {
  const list: TItem[] = []
  for await (const item of items) list.push(item)
  return list
}

/** The text that pieces make, `|` between them. */
export function textOf(deltas: readonly ResponseDelta[]): string {
  return deltas.flatMap((delta) => (delta.kind === 'text' ? [delta.content] : [])).join('|')
}
