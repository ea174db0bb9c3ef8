/**
 * Opens something when it is first asked for, and keeps it. What could not be opened is tried anew the next time: the
 * package may be installed by then, or the key set.
 */
export function openOnce<TOpened>(open: () => Promise<TOpened>): () => Promise<TOpened> {
  let opened: Promise<TOpened> | undefined
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
}
