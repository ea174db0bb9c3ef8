const mostEdits = 2

/** Whether a word is probably another one with a slip or two of the finger. */
export function isNear(word: string, typed: string): boolean {
  return Math.min(word.length, typed.length) > mostEdits * 2 - 1 && edits(word, typed) <= mostEdits
}

/** How many characters have to be added, removed or replaced. */
function edits(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (let i = 0; i < one.length; i += 1) {
    const next = [i + 1]
    for (let j = 0; j < other.length; j += 1) {
      const replaced = (row[j] ?? 0) + (other[j] === one[i] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
