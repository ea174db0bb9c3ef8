/** Options that take one thing or a list of them. */
export function isList<TItem>(value: TItem | readonly TItem[]): value is readonly TItem[] {
  return Array.isArray(value)
}

export function listOf<TItem>(value: TItem | readonly TItem[] | undefined): readonly TItem[] {
  return value === undefined ? [] : isList(value) ? value : [value]
}
