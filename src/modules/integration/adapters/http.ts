import type { Http } from '../../../platform/module.ts'
import { deliveryRoutes } from './http/deliveries.ts'
import { endpointRoutes } from './http/endpoints.ts'
import type { RouteNeeds } from './http/route-needs.ts'

export function integrationRoutes(http: Http, needs: RouteNeeds): void {
  endpointRoutes(http, needs)
  deliveryRoutes(http, needs)
}
