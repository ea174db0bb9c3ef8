import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { shortcuts, shortcutsAreOn, switchShortcuts } from '../shortcuts.ts'
import { helpIsOpen } from '../state.ts'

/** The keys and what they do. */
export function Help(): VNode {
  const dialog = useRef<HTMLDialogElement>(null)
  const isOpen = helpIsOpen.value
  useEffect(() => {
    if (isOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen])
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={() => (helpIsOpen.value = false)}
    >
      <h2 id="help-title">Keys</h2>
      <dl>
        {shortcuts.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>arrows</kbd>
          </dt>
          <dd>Move within runs, states, spans and tabs</dd>
        </div>
        <div>
          <dt>
            <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </dt>
          <dd>Start the prompt; with Shift step by step</dd>
        </div>
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={shortcutsAreOn.value}
          onChange={(event) => switchShortcuts(event.currentTarget.checked)}
        />
        Single keys act
      </label>
      <form method="dialog">
        <button type="submit" class="primary">
          Close
        </button>
      </form>
    </dialog>
  )
}
