import assert from 'node:assert'
import type pg from 'pg'
import { Type } from 'typebox'
import { fromPublicId, toPublicId } from '../../../kernel/id.ts'
import { hasRole } from '../../../kernel/principal.ts'
import { sendCsv, type Cell } from '../../../platform/csv.ts'
import { principalOf } from '../../../platform/http-server.ts'
import type { Http } from '../../../platform/module.ts'
import { only, refuse } from '../../../platform/problems.ts'
import { content } from '../../../platform/schemas.ts'
import { statusOf } from '../domain/check-in.ts'
import type { AdmissionPorts } from '../ports.ts'
import { admissionProblems } from './problems.ts'
import { attendeesOf, type Attendee } from './queries.ts'
import { eventParams } from './schemas.ts'

type Needs = Pick<AdmissionPorts, 'catalog'> & { pool: pg.Pool }

const unknownEvent = only(admissionProblems, 'event-not-found')

export function attendeeRoutes(http: Http, { catalog, pool }: Needs): void {
  http.get(
    '/events/:eventId/reports/attendees.csv',
    {
      config: { access: 'signed-in', scope: 'orders:read', problems: unknownEvent },
      schema: {
        operationId: 'exportAttendees',
        summary: 'Every ticket of an event as CSV, by ticket type, with who holds it',
        tags: ['admission'],
        params: eventParams,
        querystring: Type.Object({
          bom: Type.Optional(
            Type.Boolean({ description: 'Begin with the mark by which Excel knows UTF-8.' }),
          ),
        }),
        response: { 200: content('text/csv', 'A line per ticket, under a line of names.') },
      },
    },
    async (request, reply) => {
      const id = fromPublicId('event', request.params.eventId)
      assert(id.ok, 'the schema of the route checks its ids')
      const principal = principalOf(request)
      const mayRead =
        hasRole(principal, 'admin') ||
        (await catalog.roleAt(id.value, principal.userId)) === 'organiser'
      if (!mayRead) return refuse(reply, unknownEvent, { kind: 'event-not-found' })
      return sendCsv(request, reply, 'attendees.csv', {
        header,
        chunks: rowsOf(attendeesOf(pool, id.value)),
        withMark: request.query.bom ?? false,
      })
    },
  )
}

const header = [
  'ticket_id',
  'order_id',
  'ticket_type',
  'seat',
  'holder_name',
  'buyer_email',
  'buyer_phone',
  'status',
  'issued_at',
  'redeemed_at',
]

async function* rowsOf(chunks: AsyncIterable<Attendee[]>): AsyncGenerator<Cell[][]> {
  for await (const attendees of chunks) yield attendees.map(cellsOf)
}

const cellsOf = (attendee: Attendee): Cell[] => [
  toPublicId('ticket', attendee.id),
  toPublicId('order', attendee.orderId),
  attendee.ticketTypeName,
  attendee.seat,
  attendee.holderName,
  attendee.buyerEmail,
  attendee.buyerPhone,
  statusOf(attendee),
  attendee.issuedAt.toISOString(),
  attendee.redeemedAt?.toISOString() ?? null,
]
