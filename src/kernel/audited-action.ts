/** What somebody did, or tried to do, that is no buyer's business: who, what, to what, from where. */
export type AuditedAction = {
  /** ISO 8601 UTC. */
  at: string
  userId: string
  credential: 'session' | 'api-key'
  /** The name of the operation in the API. */
  operation: string
  /** The public ids in the request, and of what it made: `event-…`, `user-…`. */
  targets: string[]
  /** Fields of the request that say what was changed into what, where the operation names any. */
  detail: Record<string, unknown>
  /** The HTTP status of the answer. */
  status: number
  requestId: string
  address: string
}
