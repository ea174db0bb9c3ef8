/** How much of each inspection event is passed on. */
export interface InspectionBounds {
  /** Characters of a text; the rest is told by its length. Default 2,000. */
  readonly maxTextLength?: number
  /** Items of a list, or keys of an object; the rest is told by its number. Default 100. */
  readonly maxItems?: number
  /** How deep objects and lists lie in each other below a snapshot or an event. Default 16. */
  readonly maxDepth?: number
  /** Bytes of the data of one event in JSON, as a rule of thumb; what comes behind is left out. Default 65,536. */
  readonly maxBytes?: number
  /** Names of keys whose values are hidden, besides those that always are. Default: no more. */
  readonly isSecret?: (key: string) => boolean
}

export type Bounds = Required<InspectionBounds>

export function boundsOf(given: InspectionBounds): Bounds {
  const { maxTextLength, maxItems, maxDepth, maxBytes, isSecret } = given
  return {
    maxTextLength: maxTextLength ?? 2_000,
    maxItems: maxItems ?? 100,
    maxDepth: maxDepth ?? 16,
    maxBytes: maxBytes ?? 65_536,
    isSecret: isSecret ?? (() => false),
  }
}
