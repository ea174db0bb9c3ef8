/** Where a node belongs; a node made by its factory has neither and means a skip to its state. */
export interface NodeIdentity {
  readonly runId?: string
  /** Counts the nodes of a run, from 0. */
  readonly visit?: number
}

/** Makes nodes of one kind, and recognises them. */
export interface NodeFactory<TNode extends NodeIdentity, TParameters extends unknown[]> {
  (...parameters: TParameters): TNode
  /** Whether a value is a node of this kind. */
  is(value: unknown): value is TNode
}

export function nodeFactory<
  TNode extends NodeIdentity & { readonly kind: string },
  TParameters extends unknown[],
>(
  kind: TNode['kind'],
  make: (...parameters: TParameters) => TNode,
): NodeFactory<TNode, TParameters> {
  const is = (value: unknown): value is TNode =>
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
  return Object.assign(make, { is })
}
