import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { can, enqueue } from '../actions.ts'
import type { Session } from '../session.ts'

/** A word to a run that is under way; it reads it with its next request. */
export function Composer({ session }: { readonly session: Session }): VNode | null {
  const text = useSignal('')
  if (!can(session, 'enqueue')) return null
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (text.value !== '' && (await enqueue(session, text.value))) text.value = ''
  }
  return (
    <form class="composer row" onSubmit={(event) => void onSubmit(event)}>
      <input
        id="enqueue"
        aria-label="Message to the run"
        placeholder="Add a message to this run"
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <button type="submit">Send</button>
    </form>
  )
}
