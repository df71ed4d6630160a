import assert from 'node:assert'
import { err, ok, type Result } from './result.ts'

/** What an id names. At the edge an id carries its kind: `order-0197a1c2-…`. */
export type IdKind =
  | 'user'
  | 'event'
  | 'tickettype'
  | 'order'
  | 'payment'
  | 'refund'
  | 'ticket'
  | 'apikey'
  | 'mail'
  | 'webhook'
  | 'endpoint'
  | 'delivery'
  // The festival contract's words for an event and an order.
  | 'festival'
  | 'booking'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The form in which an id leaves the program. */
export const toPublicId = (kind: IdKind, id: string): string => `${kind}-${id}`

/** The id inside a public id; `malformed-id` for anything that is not one of this kind. */
export function fromPublicId(kind: IdKind, text: string): Result<string, { kind: 'malformed-id' }> {
  const id = text.startsWith(`${kind}-`) ? text.slice(kind.length + 1) : ''
  return uuid.test(id) ? ok(id) : err({ kind: 'malformed-id' })
}

/** The id inside a public id whose form the schema of the route has checked already. */
export function bareId(kind: IdKind, publicId: string): string {
  const id = fromPublicId(kind, publicId)
  assert(id.ok, 'the schema of the route checks its ids')
  return id.value
}

/** The pattern of a public id, for route schemas. */
export const publicIdPattern = (kind: IdKind): string => `^${kind}-${uuid.source.slice(1)}`
