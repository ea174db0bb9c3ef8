/** What a shell expects of a program that was interrupted. */
export const interruptedCode = 130

export interface Interruption {
  readonly signal: AbortSignal
  /** Leaves Ctrl-C to Node again. */
  readonly ignore: () => void
}

/** The first Ctrl-C lets the run settle with what it has; the second one ends the process. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(interruptedCode)
    controller.abort('Interrupted')
  }
  process.on('SIGINT', onSignal)
  return { signal: controller.signal, ignore: () => void process.off('SIGINT', onSignal) }
}
