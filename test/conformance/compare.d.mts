/** Types of the judge, whose own file is kept as it was handed out. */

export interface Difference {
  readonly pointer: string
  readonly expected: unknown
  readonly actual: unknown
  readonly why: string
}

export function compareVector(
  vector: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
): Difference[]

export function formatDifferences(differences: readonly Difference[], most?: number): string
