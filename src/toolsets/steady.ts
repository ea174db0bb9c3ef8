/** Gives `previous` back when `next` holds the same, so that equal lists stay the very same list. */
export function steady<TItem>(
  previous: readonly TItem[] | undefined,
  next: readonly TItem[],
): readonly TItem[] {
  const isSame =
    previous?.length === next.length && next.every((item, index) => item === previous[index])
  return isSame ? previous : next
}

/** Applies `change` once to each list; for changes that depend on nothing else. */
export function oncePerList<TItem, TResult>(
  change: (list: readonly TItem[]) => readonly TResult[],
): (list: readonly TItem[]) => readonly TResult[] {
  const results = new WeakMap<readonly TItem[], readonly TResult[]>()
  return (list) => {
    const known = results.get(list)
    if (known !== undefined) return known
    const result = change(list)
    results.set(list, result)
    return result
  }
}
