import type pg from 'pg'
import { Type } from 'typebox'
import { publicIdPattern } from '../../../../kernel/id.ts'
import type { AdmissionApi } from '../../../admission/contract.ts'
import type { CatalogApi } from '../../../catalog/contract.ts'
import type { SeatPages } from '../availability.ts'
import type { OrderSecrets } from '../../contract.ts'
import type { Availability, OrderWatch } from '../../ports.ts'

/** What the routes need beside the ports of the use cases. */
export type RouteNeeds = {
  pool: pg.Pool
  secrets: OrderSecrets
  watch: OrderWatch
  availability: Availability
  seatsOf: SeatPages
  findEvent: CatalogApi['findEvent']
  redemptionsOf: AdmissionApi['redemptionsOf']
}

export const tags = ['booking']
export const eventParams = Type.Object({
  eventId: Type.String({ pattern: publicIdPattern('event') }),
})
