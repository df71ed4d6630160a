import type { Http } from '../../../platform/module.ts'
import type { BookingPorts } from '../ports.ts'
import { availabilityRoutes } from './http/availability.ts'
import { orderListRoutes } from './http/order-lists.ts'
import { orderRoutes } from './http/orders.ts'
import { timelineRoute } from './http/timeline.ts'
import { placeOrderRoute } from './http/place-order.ts'
import { reportRoutes } from './http/reports.ts'
import type { RouteNeeds } from './http/route-needs.ts'

export function bookingRoutes(http: Http, ports: BookingPorts, needs: RouteNeeds): void {
  placeOrderRoute(http, ports, needs)
  orderRoutes(http, ports, needs)
  orderListRoutes(http, ports, needs)
  timelineRoute(http, ports)
  availabilityRoutes(http, needs)
  reportRoutes(http, ports, needs)
}
