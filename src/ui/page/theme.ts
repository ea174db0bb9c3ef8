import { effect, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

const key = 'agentchart-theme'

function kept(): Theme {
  const value = localStorage.getItem(key)
  return value === 'light' || value === 'dark' ? value : 'system'
}

export const theme = signal<Theme>('system')

/** Takes the theme that was chosen before, and keeps what is chosen from now on. */
export function keepTheme(): void {
  theme.value = kept()
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value
    localStorage.setItem(key, theme.value)
  })
}

export function nextTheme(): void {
  const order: readonly Theme[] = ['system', 'light', 'dark']
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'system'
}
