import { type ChatDialect, dialectOf } from './dialect.ts'

/** Who is asked: what a request has to fit. */
export interface ChatTarget {
  readonly modelName: string
  /** The provider's name; parts with this name go back as they came. */
  readonly system: string
  readonly dialect: ChatDialect
  readonly systemRole: 'system' | 'user'
}

export function chatTarget(modelName: string, system: string): ChatTarget {
  return {
    modelName,
    system,
    dialect: dialectOf(system, modelName),
    // This one refuses the role `system`.
    systemRole: modelName.startsWith('o1-mini') ? 'user' : 'system',
  }
}
