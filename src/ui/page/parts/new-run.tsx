import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { startRun } from '../actions.ts'
import { greeting, pane } from '../state.ts'
import { Icon } from './icons.tsx'

/** A prompt, and two ways to start: step by step, or all at once. */
export function NewRun(): VNode {
  const prompt = useSignal('')
  const agent = useSignal<string | null>(null)
  const start = async (drive: 'auto' | 'step'): Promise<void> => {
    const isStarted = await startRun(agent.value, prompt.value, drive)
    if (!isStarted) return
    prompt.value = ''
    if (pane.value === 'runs') pane.value = 'talk'
  }
  const agents = greeting.value?.agents ?? []
  return (
    <form
      class="new-run"
      aria-label="New run"
      onSubmit={(event) => {
        event.preventDefault()
        void start('auto')
      }}
    >
      {agents.length > 1 && (
        <select aria-label="Agent" onChange={(event) => (agent.value = event.currentTarget.value)}>
          {agents.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      <textarea
        id="prompt"
        rows={2}
        aria-label="Prompt"
        placeholder={agents.length === 1 ? `Ask ${agents[0]}` : 'Prompt'}
        value={prompt.value}
        onInput={(event) => (prompt.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          void start(event.shiftKey ? 'step' : 'auto')
        }}
      />
      <div class="row">
        <button type="submit" class="primary">
          <Icon name="play" />
          Start
        </button>
        <button type="button" onClick={() => void start('step')}>
          <Icon name="step" />
          Step through
        </button>
      </div>
    </form>
  )
}
