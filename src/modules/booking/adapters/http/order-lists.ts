import { Type } from 'typebox'
import { bareId, fromPublicId, toPublicId } from '../../../../kernel/id.ts'
import { fromCursor, toCursor } from '../../../../platform/cursor.ts'
import { principalOf } from '../../../../platform/http-server.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, platformProblems, refuse } from '../../../../platform/problems.ts'
import type { Order } from '../../domain/order.ts'
import type { BookingPorts } from '../../ports.ts'
import { bookingProblems } from '../problems.ts'
import { listOrders } from '../queries.ts'
import { isOrganiser } from './order-access.ts'
import { orderReply, ordersReply } from './order-schemas.ts'
import { presentOrder } from './present-order.ts'
import { eventParams, tags, type RouteNeeds } from './route-needs.ts'

const page = {
  cursor: Type.Optional(Type.String({ maxLength: 300 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
}

const unknownEvent = only(bookingProblems, 'event-not-found')

export function orderListRoutes(http: Http, ports: BookingPorts, { pool }: RouteNeeds): void {
  http.get(
    '/orders',
    {
      schema: {
        tags,
        operationId: 'listMyOrders',
        summary: 'The orders of the signed-in user, newest first',
        querystring: Type.Object(page),
        response: { 200: ordersReply },
      },
      config: { access: 'signed-in', scope: 'orders:read' },
    },
    async (request, reply) => {
      const { cursor, limit = 50 } = request.query
      const after = orderCursor(cursor)
      if (after === 'malformed') return refuse(reply, platformProblems, { kind: 'invalid-request' })
      const { userId } = principalOf(request)
      return ordersPage(await listOrders(pool, { userId }, after, limit + 1), limit)
    },
  )

  http.get(
    '/events/:eventId/orders',
    {
      schema: {
        tags,
        operationId: 'listOrdersOfEvent',
        summary: 'The orders of an event, for its organiser, newest first',
        params: eventParams,
        querystring: Type.Object({
          ...page,
          email: Type.Optional(Type.String({ maxLength: 254 })),
          status: Type.Optional(orderReply.properties.status),
        }),
        response: { 200: ordersReply },
      },
      config: { access: 'signed-in', scope: 'orders:read', problems: unknownEvent },
    },
    async (request, reply) => {
      const eventId = bareId('event', request.params.eventId)
      if (!(await isOrganiser(request, ports, eventId))) {
        return refuse(reply, unknownEvent, { kind: 'event-not-found' })
      }
      const { cursor, limit = 50, email, status } = request.query
      const after = orderCursor(cursor)
      if (after === 'malformed') return refuse(reply, platformProblems, { kind: 'invalid-request' })
      return ordersPage(await listOrders(pool, { eventId, email, status }, after, limit + 1), limit)
    },
  )
}

function orderCursor(cursor: string | undefined) {
  if (cursor === undefined) return undefined
  const [placedAt = '', publicId = ''] = fromCursor(cursor) ?? []
  const id = fromPublicId('order', publicId)
  // JavaScript knows years that PostgreSQL does not.
  const isInstant = /^\d{4}-/.test(placedAt) && !Number.isNaN(Date.parse(placedAt))
  if (!id.ok || !isInstant) return 'malformed'
  return { placedAt: new Date(placedAt), id: id.value }
}

function ordersPage(orders: Order[], limit: number) {
  const shown = orders.slice(0, limit)
  const last = shown.at(-1)
  const more = orders.length > limit && last
  return {
    orders: shown.map((order) => presentOrder(order)),
    nextCursor: more ? toCursor([last.placedAt.toISOString(), toPublicId('order', last.id)]) : null,
  }
}
