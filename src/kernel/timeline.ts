/**
 * One thing that happened to an order, as the module that knows of it tells it: plain JSON, so that
 * modules in other processes can tell as well.
 */
export type TimelineEntry = {
  /** ISO 8601 UTC. */
  at: string
  kind: 'message' | 'state' | 'gateway-call' | 'mail'
  /** The type of the message, the new state, the outcome of the call, the subject of the mail. */
  what: string
  /** The module that tells. */
  from: string
  detail: Record<string, unknown>
  /** The trace in which it happened, if that was recorded. */
  traceId?: string
}
