import type pg from 'pg'
import { Type } from 'typebox'
import { fromPublicId, publicIdPattern, type IdKind } from '../../../../kernel/id.ts'
import type { Availability, OrderWatch } from '../../ports.ts'
import type { OrderSecrets } from '../order-secrets.ts'

/** What the routes need beside the ports of the use cases. */
export type RouteNeeds = {
  pool: pg.Pool
  secrets: OrderSecrets
  watch: OrderWatch
  availability: Availability
}

export const tags = ['booking']
export const eventParams = Type.Object({
  eventId: Type.String({ pattern: publicIdPattern('event') }),
})

/** The id inside a public id whose form the route's schema has checked already. */
export function bareId(kind: IdKind, publicId: string): string {
  const id = fromPublicId(kind, publicId)
  return id.ok ? id.value : publicId
}
