/** The first of these environment variables that says something. Hosts without an environment have none. */
export function environment(...variables: readonly (string | undefined)[]): string | undefined {
  for (const variable of variables) {
    const value = variable === undefined ? undefined : globalThis.process?.env[variable]
    if (value) return value
  }
  return undefined
}
