import { computed } from '@preact/signals'
import { useMemo } from 'preact/hooks'

/** What follows from signals. The component is drawn again when the result changes, not whenever a signal does. */
export function useDerived<T>(derive: () => T, inputs: readonly unknown[]): T {
  return useMemo(() => computed(derive), inputs).value
}
