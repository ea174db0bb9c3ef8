/** What can be delivered to a run from outside. Plain data. */
export type InboxEvent =
  | ({
      readonly type: 'tool-call-approved'
      readonly overrideArgs?: Readonly<Record<string, unknown>>
    } & DeliveryAddress)
  | ({ readonly type: 'tool-call-denied'; readonly message?: string } & DeliveryAddress)
  | ({ readonly type: 'tool-call-answered'; readonly result: unknown } & DeliveryAddress)
  | { readonly type: 'cancel'; readonly reason?: string }
  | {
      readonly type: 'enqueue'
      /** Makes the same message sent twice count once. Default: a new one. */
      readonly id?: string
      /** Text, or what `run.enqueue` takes, as JSON. */
      readonly content: unknown
      readonly priority?: 'asap' | 'when_idle'
    }

/** Which call is meant, and who says so. */
export interface DeliveryAddress {
  readonly toolCallId: string
  /** Needed when two calls of one response have this id. */
  readonly index?: number
  /** The calls that led to the nested run which asks, outermost first; needed when several runs ask under one id. */
  readonly path?: readonly string[]
  /** Who decided. */
  readonly by?: string
}

/** An event that waits for its run, or has been taken by it. */
export interface InboxEntry {
  /** Goes up within a run. */
  readonly id: number
  readonly event: InboxEvent
  /** When it was delivered; ISO 8601. */
  readonly at: string
}

/** What became of a delivery. `repeated`: it was there already; `late`: the call had its result, or the run had ended. */
export type Delivery = 'accepted' | 'repeated' | 'late'
