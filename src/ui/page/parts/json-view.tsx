import { useState } from 'preact/hooks'
import type { ComponentChild, VNode } from 'preact'
import { copy } from '../actions.ts'
import { pretty } from '../json.ts'
import { Icon } from './icons.tsx'

/** Longer text is shown in one colour. */
const colouredLength = 6_000

/** A value as JSON, with a button that copies all of it. */
export function JsonView({
  value,
  label,
}: {
  readonly value: unknown
  readonly label: string
}): VNode {
  const text = pretty(value)
  return (
    <div class="json">
      <CopyButton text={text} label={label} />
      <pre tabIndex={0} aria-label={label} role="region">
        {text.length > colouredLength ? text : coloured(text)}
      </pre>
    </div>
  )
}

export function CopyButton({
  text,
  label,
}: {
  readonly text: string
  readonly label: string
}): VNode {
  const [isCopied, setCopied] = useState(false)
  const onClick = async (): Promise<void> => {
    setCopied(await copy(text))
    setTimeout(() => setCopied(false), 1_500)
  }
  return (
    <button
      type="button"
      class="quiet copy"
      aria-label={`Copy ${label}`}
      title="Copy"
      onClick={() => void onClick()}
    >
      <Icon name={isCopied ? 'done' : 'copy'} />
    </button>
  )
}

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

function coloured(text: string): ComponentChild[] {
  const pieces: ComponentChild[] = []
  let end = 0
  for (const match of text.matchAll(token)) {
    if (match.index > end) pieces.push(text.slice(end, match.index))
    const [whole, quoted, colon] = match
    const kind = quoted === undefined ? 'literal' : colon === undefined ? 'string' : 'key'
    pieces.push(<span class={`json-${kind}`}>{whole}</span>)
    end = match.index + whole.length
  }
  pieces.push(text.slice(end))
  return pieces
}
