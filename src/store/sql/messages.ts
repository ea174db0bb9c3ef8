import type { MessageRow, SaveRow } from '../backend.ts'

/** Messages of a run, from the rows of their own and from those of the saves that wrote them. */
export interface StoredMessages {
  readonly loose: readonly MessageRow[]
  readonly held: readonly MessageRow[]
}

/** For each index of a save, the message of the highest seq that is not above its own, by index. */
export function neededMessages(
  { seq, messageCount }: SaveRow,
  { loose, held }: StoredMessages,
): readonly MessageRow[] {
  const needed: (MessageRow | undefined)[] = Array.from({ length: messageCount })
  for (const rows of [loose, held]) {
    for (const row of rows) {
      const isLatest = row.seq > (needed[row.index]?.seq ?? -Infinity)
      if (row.index < messageCount && row.seq <= seq && isLatest) needed[row.index] = row
    }
  }
  return needed.filter((row) => row !== undefined)
}

/** By index, then by seq. */
export function allMessages({ loose, held }: StoredMessages): readonly MessageRow[] {
  return [...loose, ...held].toSorted((a, b) => a.index - b.index || a.seq - b.seq)
}
