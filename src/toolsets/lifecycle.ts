import type { Toolset } from './toolset.ts'

/**
 * Opens the toolsets one after another. When one cannot be opened, those before it are closed again, and its error is
 * thrown; it wins over errors of closing.
 */
export async function openAll<TDeps>(toolsets: readonly Toolset<TDeps>[]): Promise<void> {
  const opened: Toolset<TDeps>[] = []
  try {
    for (const toolset of toolsets) {
      await toolset.open?.()
      opened.push(toolset)
    }
  } catch (error) {
    await Promise.allSettled([closeAll(opened)])
    throw error
  }
}

/**
 * Closes the toolsets one after another, the last one first, each whether or not others fail.
 * @throws the error of closing, or an AggregateError when there are several
 */
export async function closeAll<TDeps>(toolsets: readonly Toolset<TDeps>[]): Promise<void> {
  const errors: unknown[] = []
  for (const toolset of toolsets.toReversed()) {
    try {
      await toolset.close?.()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 1) throw new AggregateError(errors, 'Several toolsets could not be closed')
  if (errors.length === 1) throw errors[0]
}
