import { styleText } from 'node:util'
import type { AnyMachineSnapshot } from 'xstate'

interface Told<TSnapshot> {
  getSnapshot(): TSnapshot
  subscribe(observer: { next(snapshot: TSnapshot): void }): unknown
}

/** Shows each state that an actor comes to, with what `detail` says of it; of that, what is new. */
export function tell<TSnapshot extends AnyMachineSnapshot>(
  actor: Told<TSnapshot>,
  detail: (snapshot: TSnapshot) => string | null | undefined,
): void {
  let state = ''
  let lines: readonly string[] = []
  const next = (snapshot: TSnapshot): void => {
    const { value, status } = snapshot
    const before = lines
    lines = (detail(snapshot) ?? '').split('\n').filter(Boolean)
    if (value !== state) {
      const mark = status === 'done' ? styleText('green', '■') : styleText('cyan', '●')
      console.log(`${mark} ${styleText('bold', String(value))}`)
    }
    state = String(value)
    for (const line of lines) if (!before.includes(line)) console.log(`    ${line}`)
  }
  actor.subscribe({ next })
}
