/** What is `undefined` counts as left out. The same object when nothing is. */
export function withoutUndefined<TFacts extends object>(
  facts: TFacts,
): { readonly [TKey in keyof TFacts]?: Exclude<TFacts[TKey], undefined> } {
  const entries = Object.entries(facts)
  const said = entries.filter(([, value]) => value !== undefined)
  return (said.length === entries.length ? facts : Object.fromEntries(said)) as {
    [TKey in keyof TFacts]?: Exclude<TFacts[TKey], undefined>
  }
}
