import { Type } from 'typebox'
import { bareId, toPublicId } from '../../../../kernel/id.ts'
import { sendCsv, type Cell } from '../../../../platform/csv.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import { content } from '../../../../platform/schemas.ts'
import { seatLabels, type Order, type OrderItem } from '../../domain/order.ts'
import { salesReport } from '../../domain/sales-report.ts'
import type { BookingPorts } from '../../ports.ts'
import { bookingProblems } from '../problems.ts'
import { ordersOfEvent, salesOf } from '../reports.ts'
import { isOrganiser } from './order-access.ts'
import { eventParams, tags, type RouteNeeds } from './route-needs.ts'

const figures = {
  sold: Type.Integer({ description: 'Tickets of paid orders.' }),
  held: Type.Integer({ description: 'Tickets of orders that wait to be paid.' }),
  cancelled: Type.Integer({ description: 'Tickets of orders that ended without money.' }),
  refunded: Type.Integer({ description: 'Tickets whose money was, or is being, given back.' }),
  gross: Type.Integer({ description: 'The money that arrived.' }),
  refundedAmount: Type.Integer({ description: 'The money that was, or is being, given back.' }),
  net: Type.Integer({ description: 'Gross without what is given back.' }),
  redeemed: Type.Integer({
    description: 'Tickets let in on the day, whenever they were sold.',
  }),
}
const salesReply = Type.Object({
  eventId: Type.String(),
  timeZone: Type.String({ description: 'Whose days are meant.' }),
  currency: Type.String(),
  rows: Type.Array(
    Type.Object({
      day: Type.String({ description: 'The day on which the orders were placed.' }),
      ticketTypeId: Type.String(),
      name: Type.String(),
      ...figures,
    }),
  ),
  totals: Type.Object(figures),
})

const unknownEvent = only(bookingProblems, 'event-not-found')
const config = { access: 'signed-in', scope: 'orders:read', problems: unknownEvent } as const

export function reportRoutes(http: Http, ports: BookingPorts, needs: RouteNeeds): void {
  salesRoute(http, ports, needs)
  exportRoute(http, ports, needs)
}

function salesRoute(http: Http, ports: BookingPorts, needs: RouteNeeds): void {
  http.get(
    '/events/:eventId/reports/sales',
    {
      config,
      schema: {
        operationId: 'getSalesReport',
        summary: 'What an event sold, per ticket type and day',
        tags,
        params: eventParams,
        response: { 200: salesReply },
      },
    },
    async (request, reply) => {
      const eventId = bareId('event', request.params.eventId)
      const event = await needs.findEvent(eventId)
      if (!event || !(await isOrganiser(request, ports, eventId))) {
        return refuse(reply, unknownEvent, { kind: 'event-not-found' })
      }
      const { timeZone, currency } = event
      const [sales, redemptions] = await Promise.all([
        salesOf(needs.pool, eventId, timeZone),
        needs.redemptionsOf(eventId, timeZone),
      ])
      const { rows, totals } = salesReport(sales, redemptions)
      return {
        eventId: request.params.eventId,
        timeZone,
        currency,
        rows: rows.map((row) => ({
          ...row,
          ticketTypeId: toPublicId('tickettype', row.ticketTypeId),
        })),
        totals,
      }
    },
  )
}

function exportRoute(http: Http, ports: BookingPorts, { pool }: RouteNeeds): void {
  http.get(
    '/events/:eventId/reports/orders.csv',
    {
      config,
      schema: {
        operationId: 'exportOrders',
        summary: 'Every order of an event as CSV, sorted by the buyer’s e-mail address',
        tags,
        params: eventParams,
        querystring: Type.Object({
          bom: Type.Optional(
            Type.Boolean({ description: 'Begin with the mark by which Excel knows UTF-8.' }),
          ),
        }),
        response: { 200: content('text/csv', 'A line per order, under a line of names.') },
      },
    },
    async (request, reply) => {
      const eventId = bareId('event', request.params.eventId)
      if (!(await isOrganiser(request, ports, eventId))) {
        return refuse(reply, unknownEvent, { kind: 'event-not-found' })
      }
      return sendCsv(request, reply, 'orders.csv', {
        header,
        chunks: rowsOf(ordersOfEvent(pool, eventId)),
        withMark: request.query.bom ?? false,
      })
    },
  )
}

const header = [
  'order_id',
  'placed_at',
  'status',
  'buyer_name',
  'buyer_email',
  'buyer_phone',
  'tickets',
  'items',
  'total',
  'currency',
]

async function* rowsOf(chunks: AsyncIterable<Order[]>): AsyncGenerator<Cell[][]> {
  for await (const orders of chunks) yield orders.map(cellsOf)
}

const cellsOf = (order: Order): Cell[] => [
  toPublicId('order', order.id),
  order.placedAt.toISOString(),
  order.status,
  order.buyer.name,
  order.buyer.email,
  order.buyer.phone,
  order.quantity,
  order.items.map(itemText).join('; '),
  order.total,
  order.currency,
]

function itemText(item: OrderItem): string {
  const seats = seatLabels(item)
  return `${item.quantity} × ${item.name}${seats.length > 0 ? ` (${seats.join(', ')})` : ''}`
}
