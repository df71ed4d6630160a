import { Type } from 'typebox'
import { bareId, publicIdPattern, toPublicId, type IdKind } from '../../../../kernel/id.ts'
import type { TimelineEntry } from '../../../../kernel/timeline.ts'
import type { Http } from '../../../../platform/module.ts'
import { only, refuse } from '../../../../platform/problems.ts'
import type { BookingPorts } from '../../ports.ts'
import { getTimeline } from '../../use-cases/get-timeline.ts'
import { bookingProblems } from '../problems.ts'
import { isOrganiser } from './order-access.ts'
import { timelineReply } from './order-schemas.ts'
import { tags } from './route-needs.ts'

const unknownOrder = only(bookingProblems, 'order-not-found')

/** For those who have to find out what went wrong; buyers do not get to see the inside. */
export function timelineRoute(http: Http, ports: BookingPorts): void {
  http.get(
    '/orders/:orderId/timeline',
    {
      schema: {
        tags,
        operationId: 'getTimeline',
        summary: 'All that happened to an order, for the organiser of its event',
        params: Type.Object({ orderId: Type.String({ pattern: publicIdPattern('order') }) }),
        response: { 200: timelineReply },
      },
      config: { access: 'signed-in', scope: 'orders:read', problems: unknownOrder },
    },
    async (request, reply) => {
      const order = await ports.orders.find(bareId('order', request.params.orderId))
      if (!order || !(await isOrganiser(request, ports, order.eventId))) {
        return refuse(reply, unknownOrder, { kind: 'order-not-found' })
      }
      const timeline = await getTimeline(ports, order)
      reply.header('cache-control', 'private, no-store')
      return { status: order.status, timeline: timeline.map(withPublicIds) }
    },
  )
}

const kinds: Record<string, IdKind> = {
  paymentId: 'payment',
  ticketId: 'ticket',
  mailId: 'mail',
}

function withPublicIds({ detail, ...entry }: TimelineEntry): TimelineEntry {
  const fields = Object.entries(detail).map(([name, value]) => {
    const kind = kinds[name]
    return [name, kind ? toPublicId(kind, String(value)) : value]
  })
  return { ...entry, detail: Object.fromEntries(fields) }
}
