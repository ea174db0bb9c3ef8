/** What single models can do or take, by name. Features that all models in use have are not listed. */
export type Ability =
  /** Structured output by a schema, and tools that are strict. */
  | 'jsonSchema'
  /** Thinks as much as it finds right; others are given a budget of tokens. */
  | 'adaptiveThinking'
  | 'effort'
  | 'xhighEffort'
  /** Takes no `temperature` and the like. */
  | 'fixedSampling'
  /** Refuses to be told that it has to call a tool. */
  | 'freeToolChoice'
  | 'fastSpeed'
  /** The second version of the sandbox. */
  | 'codeExecution2026'
  /** The web tools that filter what they find by code. */
  | 'filteredWebTools'
  | 'toolSearch'
  | 'advisor'
  /** System prompts in mid-conversation. Sonnet takes them, too, and does not heed them. */
  | 'systemMessages'

type Line = 'opus' | 'sonnet' | 'haiku' | 'fable' | 'mythos'

/**
 * The first version of each line that has the ability; a line that is not named has it in no version.
 *
 * @see https://platform.claude.com/docs/en/about-claude/models/overview
 */
const since: Readonly<Record<Ability, Readonly<Partial<Record<Line, string>>>>> = {
  jsonSchema: { opus: '4.1', sonnet: '4.5', haiku: '4.5', fable: '5', mythos: '5' },
  adaptiveThinking: { opus: '4.6', sonnet: '4.6', haiku: '5', fable: '5', mythos: '5' },
  effort: { opus: '4.5', sonnet: '4.6', haiku: '5', fable: '5', mythos: '5' },
  xhighEffort: { opus: '4.7', sonnet: '5', haiku: '5', fable: '5', mythos: '5' },
  fixedSampling: { opus: '4.7', sonnet: '5', haiku: '5', fable: '5', mythos: '5' },
  freeToolChoice: { opus: '5.5', fable: '5.1', mythos: '5.1' },
  fastSpeed: { opus: '4.6' },
  codeExecution2026: { opus: '4.5', sonnet: '4.5', haiku: '5', fable: '5', mythos: '5' },
  filteredWebTools: { opus: '4.6', sonnet: '4.6', haiku: '5', fable: '5', mythos: '5' },
  toolSearch: { opus: '4.5', sonnet: '4.5', haiku: '4.5', fable: '5', mythos: '5' },
  advisor: { opus: '4.6', sonnet: '4.6', haiku: '4.5', fable: '5', mythos: '5' },
  systemMessages: { opus: '4.8', fable: '5', mythos: '5' },
}

/** Whether a model has the ability; `false` for names that say neither line nor version. */
export function isAble(modelName: string, ability: Ability): boolean {
  // The date at the end of a name, eight digits, is no version.
  const [, line = '', major = '', minor = '0'] =
    /claude-([a-z]+)-(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?/.exec(modelName) ?? []
  const first = isLine(line) ? since[ability][line] : undefined
  return first !== undefined && rank(`${major}.${minor}`) >= rank(first)
}

function isLine(word: string): word is Line {
  return ['opus', 'sonnet', 'haiku', 'fable', 'mythos'].includes(word)
}

function rank(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 100 + minor
}
