import type { Http } from '../../../platform/module.ts'
import type { RouteContext } from './http/context.ts'
import { eventRoutes } from './http/events.ts'
import { readRoutes } from './http/reads.ts'
import { staffRoutes } from './http/staff.ts'
import { ticketTypeRoutes } from './http/ticket-types.ts'

export function catalogRoutes(http: Http, context: RouteContext): void {
  readRoutes(http, context)
  eventRoutes(http, context)
  ticketTypeRoutes(http, context)
  staffRoutes(http, context)
}
