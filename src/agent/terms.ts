import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { OutputPlan } from '../output/index.ts'
import type { RunSetup } from '../steps/index.ts'
import type { Requirements, RunTerms, SavedOptions } from '../snapshot/index.ts'
import type { UsageMeter } from '../usage/index.ts'
import { listOf } from './one-or-many.ts'
import { withoutUndefined } from './without-undefined.ts'
import type { RunOptions } from './options.ts'
import type { AgentPlan } from './agent-plan.ts'

type Options = RunOptions<unknown>

/** Options that are code, or hold some, and are given again to a run that is resumed. */
const code = [
  'deps',
  'model',
  'toolsets',
  'output',
  'instructions',
  'selectModel',
  'metadata',
] as const

/**
 * Tells what a snapshot says of a run besides its state.
 *
 * @param own the options of the run itself, those of the agent and of `with` left out
 */
export function termsOf(
  plan: AgentPlan,
  own: readonly Options[],
  setup: RunSetup,
  meter: UsageMeter,
): () => RunTerms {
  let latest: RunTerms | undefined
  let latestFrom: readonly unknown[] = []
  return () => {
    const from = [meter.limits, setup.toolset.toolNames, setup.output, setup.deps === undefined]
    if (latest === undefined || from.some((each, i) => each !== latestFrom[i])) {
      latestFrom = from
      latest = {
        agent: plan.options.name ?? null,
        requires: {
          tools: setup.toolset.toolNames ?? [],
          output: outputMark(setup.output),
          given: given(own, setup),
        },
        options: { ...savedOptions(own), ...limitsOf(plan, meter) },
      }
    }
    return latest
  }
}

function given(own: readonly Options[], { deps }: RunSetup): Requirements['given'] {
  const isCode = (name: (typeof code)[number]): boolean =>
    name === 'deps' ? deps !== undefined : own.some((options) => isNoData(name, options[name]))
  const names: string[] = code.filter(isCode)
  if (own.some(({ modelSettings }) => hasCode(modelSettings))) names.push('modelSettings')
  return names
}

function isNoData(name: (typeof code)[number], value: unknown): boolean {
  if (value === undefined) return false
  if (name === 'model') return typeof value !== 'string'
  if (name === 'metadata') return typeof value === 'function'
  if (name === 'instructions') return !textsOf(value)
  return name !== 'toolsets' || (Array.isArray(value) && value.length > 0)
}

function textsOf(value: unknown): readonly string[] | undefined {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value]
  const texts = all.filter((each) => typeof each === 'string')
  return texts.length === all.length ? texts : undefined
}

function hasCode(settings: Options['modelSettings']): boolean {
  return typeof settings === 'function' || settings?.extraHeaders !== undefined
}

/** Options of a run, from what was written down of them. */
export function optionsFrom({ usageLimits, ...rest }: SavedOptions): Options {
  return { ...rest, ...(usageLimits && { usageLimits }) }
}

/** What is given again to a run, without what says nothing and texts that the run has been given before. */
export function givenAnew(options: Options, { instructions: known = [] }: SavedOptions): Options {
  const { instructions, ...rest } = withoutUndefined(options)
  if (instructions === undefined) return rest
  const all = listOf(instructions)
  return {
    ...rest,
    instructions: all.filter((each) => typeof each !== 'string' || !known.includes(each)),
  }
}

/** What can be written down; headers may hold keys and never are. */
function savedOptions(own: readonly Options[]): SavedOptions {
  const latest = own.reduce<Options>((all, options) => ({ ...all, ...options }), {})
  const { model, retries, endStrategy, maxConcurrency, timeoutMs, cancelGraceMs } = latest
  const modelSettings = together(own.map((options) => withoutHeaders(options.modelSettings)))
  const instructions = own.flatMap((options) =>
    options.instructions === undefined ? [] : (textsOf(options.instructions) ?? []),
  )
  const metadata = together(own.map((options) => options.metadata))
  const { run: _, ...steps } = typeof timeoutMs === 'object' ? timeoutMs : {}
  const { deferred, waitTimeoutMs, onWaitExpired } = latest
  return withoutUndefined({
    model: typeof model === 'string' ? model : undefined,
    modelSettings,
    instructions: instructions.length > 0 ? instructions : undefined,
    metadata,
    retries,
    endStrategy,
    maxConcurrency: maxConcurrency === Number.POSITIVE_INFINITY ? undefined : maxConcurrency,
    timeoutMs: Object.keys(steps).length > 0 ? steps : undefined,
    cancelGraceMs,
    deferred,
    waitTimeoutMs,
    onWaitExpired,
  })
}

/** What later ones say goes before what earlier ones do; `undefined` when they say nothing. */
function together(layers: readonly unknown[]): Readonly<Record<string, unknown>> | undefined {
  const all = layers.reduce<Readonly<Record<string, unknown>>>(
    (below, layer) => (typeof layer === 'object' ? { ...below, ...layer } : below),
    {},
  )
  return Object.keys(all).length > 0 ? all : undefined
}

function withoutHeaders(settings: Options['modelSettings']): unknown {
  if (typeof settings !== 'object') return undefined
  const { extraHeaders: _, ...rest } = settings
  return rest
}

/** The limits as they are now, unless they are the agent's own, which may change with it. */
function limitsOf(plan: AgentPlan, { limits }: UsageMeter): SavedOptions {
  const isOwn = JSON.stringify(plan.limits) === JSON.stringify(limits)
  return isOwn ? {} : { usageLimits: { ...limits } }
}

const marks = new WeakMap<OutputPlan, string>()

/** What stands for an output in a snapshot: what it is, and a hash of what the model is told of it. */
export function outputMark(output: OutputPlan): string {
  const known = marks.get(output)
  if (known !== undefined) return known
  const { mode, text, tools, structured, allowsImage, allowsDeferred, allowsNull } = output
  const schemas = [
    ...tools.map(({ definition }) => [definition.name, definition.parametersJsonSchema]),
    structured?.jsonSchema ?? null,
  ]
  const kinds = [mode, text?.kind ?? '', allowsImage, allowsDeferred, allowsNull]
  const told = new TextEncoder().encode(JSON.stringify([kinds, schemas]))
  const names = tools.length > 0 ? tools.map(({ definition }) => definition.name) : [mode]
  const mark = `${names.join(' | ')} #${bytesToHex(sha256(told)).slice(0, 16)}`
  marks.set(output, mark)
  return mark
}
