import type { VNode } from 'preact'
import { memo } from 'preact/compat'
import { can, fork } from '../actions.ts'
import type { VisitInfo } from '../../protocol.ts'
import type { Block, Entry, FileView } from '../entries.ts'
import { count, duration, money, tokensOf } from '../format.ts'
import { fieldOf, isObject, textOf } from '../json.ts'
import type { Session } from '../session.ts'
import { focusedVisit, focusVisit, inspectValue } from '../state.ts'
import { Icon } from './icons.tsx'
import { ToolCard } from './tool-card.tsx'
import { useDerived } from './use-derived.ts'

interface Props {
  readonly entry: Entry
  readonly session: Session
}

/** The step that a message belongs to; `null` when it was said before the steps that are known. */
function visitOf(session: Session, entry: Entry): number | null {
  const isIts = ({ kind, messageCount }: VisitInfo): boolean =>
    messageCount <= entry.at &&
    (kind === 'model-request' || (kind === 'user-prompt' && entry.kind === 'request'))
  return session.visits.value.findLast(isIts)?.visit ?? null
}

/** One message. A request that only brings results has nothing to show: they stand beside their calls. */
export const EntryView = memo(({ entry, session }: Props): VNode | null => {
  const visit = useDerived(() => visitOf(session, entry), [session, entry])
  const isFocused = useDerived(() => visit !== null && focusedVisit.value === visit, [visit])
  if (entry.kind === 'request' && entry.blocks.length === 0) return null
  return (
    <article
      class={`entry entry-${entry.kind}${isFocused ? ' focused' : ''}`}
      data-at={entry.at}
      aria-label={`${entry.kind === 'response' ? 'Model' : 'User'}, ${stepText(visit)}`}
    >
      {entry.kind === 'response' ? (
        <ResponseHead entry={entry} session={session} visit={visit} />
      ) : (
        <RequestHead entry={entry} />
      )}
      {entry.blocks.map((block, at) => (
        <BlockView key={at} block={block} session={session} visit={visit} />
      ))}
      {entry.isPartial && <p class="note">Incomplete: {textOf(entry.message['state'])}</p>}
    </article>
  )
})

function RequestHead({ entry }: { readonly entry: Entry }): VNode {
  const instructions = textOf(entry.message['instructions'])
  return (
    <>
      <header class="entry-head">
        <span class="who">User</span>
        <RawButton title={`Message ${entry.at}`} value={entry.message} />
      </header>
      {instructions !== '' && (
        <details class="aside">
          <summary>Instructions</summary>
          <div class="text">{instructions}</div>
        </details>
      )}
    </>
  )
}

function stepText(visit: number | null): string {
  return visit === null ? 'earlier' : `step ${visit}`
}

function ResponseHead({ entry, session, visit }: HeadProps): VNode {
  const { message } = entry
  const tokens = tokensOf(message['usage'])
  const stepUsage = useDerived(() => session.stepUsage.value.get(visit ?? -1), [session, visit])
  const cost = money(stepUsage?.cost ?? costOf(message['usage']))
  const span = useDerived(
    () => session.spans.value.findLast((one) => one.kind === 'model' && one.visit === visit),
    [session, visit],
  )
  const isForkable = useDerived(() => visit !== null && can(session, 'fork'), [session, visit])
  return (
    <header class="entry-head">
      <button type="button" class="quiet who" onClick={() => focusVisit(visit)}>
        {visit === null ? 'Earlier' : `Step ${visit}`}
      </button>
      <span class="faint">{textOf(fieldOf(message, 'modelName'))}</span>
      <span class="facts">
        <span title="Tokens in and out">
          {count(tokens.input)} in, {count(tokens.output)} out
        </span>
        {cost !== null && <span>{cost}</span>}
        {span?.endMs != null && <span>{duration(span.endMs - span.startMs)}</span>}
      </span>
      {visit !== null && isForkable && (
        <button
          type="button"
          class="quiet"
          title={`Fork before step ${visit}`}
          aria-label={`Fork before step ${visit}`}
          onClick={() => void fork(session, visit)}
        >
          <Icon name="fork" />
        </button>
      )}
      <RawButton title={`Message ${entry.at}`} value={message} />
    </header>
  )
}

function costOf(usage: unknown): string | null {
  return isObject(usage) ? textOf(usage['cost']) : null
}

function RawButton({ title, value }: { readonly title: string; readonly value: unknown }): VNode {
  return (
    <button
      type="button"
      class="quiet"
      title="Raw JSON"
      aria-label={`Raw JSON of ${title.toLowerCase()}`}
      onClick={() => inspectValue(title, value)}
    >
      <Icon name="raw" />
    </button>
  )
}

interface HeadProps extends Props {
  readonly visit: number | null
}

interface BlockProps {
  readonly block: Block
  readonly session: Session
  readonly visit: number | null
  readonly isLive?: boolean
}

function BlockView({ block, session, visit, isLive = false }: BlockProps): VNode {
  if (block.kind === 'call') return <ToolCard call={block.call} session={session} visit={visit} />
  if (block.kind === 'file') return <FileBlock file={block.file} />
  if (block.kind === 'thinking' || block.kind === 'system')
    return (
      <details class={`aside ${block.kind}`} open={isLive}>
        <summary>{block.kind === 'thinking' ? 'Thinking' : 'System prompt'}</summary>
        <div class="text">{block.text}</div>
      </details>
    )
  return (
    <div class={`text text-${block.kind}`}>
      {block.kind === 'retry' && <strong>Asked to try again: </strong>}
      {block.text}
    </div>
  )
}

/** Pictures are drawn from their bytes; an address is shown and nothing is fetched from it. */
function FileBlock({ file }: { readonly file: FileView }): VNode {
  return (
    <figure class="file">
      {file.dataUrl !== null && <img src={file.dataUrl} alt={`File ${file.identifier}`} />}
      <figcaption>
        {file.mediaType} <span class="mono faint">{file.address ?? file.identifier}</span>
      </figcaption>
    </figure>
  )
}

/** The response that streams. */
export function LiveEntry({ session }: { readonly session: Session }): VNode | null {
  const blocks = session.liveBlocks.value
  if (blocks.length === 0) return null
  return (
    <article class="entry entry-response live" aria-label="Model, streaming">
      <header class="entry-head">
        <span class="who">Step {session.run.value?.visit ?? ''}</span>
        <span class="faint">streaming</span>
      </header>
      {blocks.map((block, at) => (
        <BlockView key={at} block={block} session={session} visit={null} isLive />
      ))}
    </article>
  )
}
