import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { can, editNode, step } from '../actions.ts'
import { isObject, parsedOr } from '../json.ts'
import type { NodeDraft, Session } from '../session.ts'
import { JsonView } from './json-view.tsx'

/** The node that is pending, as JSON that can be changed before it runs. */
export function NodeEditor({ session }: { readonly session: Session }): VNode {
  const run = session.run.value
  const draft = session.draft.value
  if (run === null) return <p class="empty">There is no node.</p>
  if (draft?.visit === run.visit && can(session, 'next'))
    return <Editor draft={draft} session={session} />
  return (
    <>
      <div class="row panel-row">
        <NodeTitle kind={run.node.kind} visit={run.visit} />
        {can(session, 'next') && (
          <button type="button" aria-keyshortcuts="e" onClick={() => editNode(session)}>
            Edit
          </button>
        )}
      </div>
      <JsonView value={run.node} label="Pending node" />
    </>
  )
}

function NodeTitle({ kind, visit }: { readonly kind: string; readonly visit: number }): VNode {
  return (
    <h2 class="panel-title gap">
      {kind} <span class="faint">step {visit}</span>
    </h2>
  )
}

interface EditorProps {
  readonly draft: NodeDraft
  readonly session: Session
}

function Editor({ draft, session }: EditorProps): VNode {
  const field = useRef<HTMLTextAreaElement>(null)
  const problem = useSignal<string | null>(null)
  useEffect(() => field.current?.focus(), [])
  const runIt = async (): Promise<void> => {
    const node = parsedOr(draft.text)
    if (!isObject(node)) {
      problem.value = 'A node has to be a JSON object'
      return
    }
    const result = await step(node)
    problem.value = result === null || result.ok ? null : result.error.message
    if (problem.value === null) session.draft.value = null
  }
  return (
    <>
      <div class="row panel-row">
        <NodeTitle kind="Edit" visit={draft.visit} />
        <button type="button" onClick={() => (session.draft.value = null)}>
          Discard
        </button>
        <button type="button" class="primary" onClick={() => void runIt()}>
          Run edited node
        </button>
      </div>
      {problem.value !== null && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <textarea
        ref={field}
        class="mono node-text"
        aria-label="Pending node as JSON"
        aria-invalid={problem.value !== null}
        spellcheck={false}
        value={draft.text}
        onInput={(event) => {
          session.draft.value = { ...draft, text: event.currentTarget.value }
        }}
      />
    </>
  )
}
