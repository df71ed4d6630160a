import assert from 'node:assert'
import type pg from 'pg'
import { bareId, toPublicId } from '../../../kernel/id.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { principalOf } from '../../../platform/http-server.ts'
import type { Http } from '../../../platform/module.ts'
import { only, refuse } from '../../../platform/problems.ts'
import { content } from '../../../platform/schemas.ts'
import type { AdmissionApi } from '../contract.ts'
import { statusOf, type CheckIn } from '../domain/check-in.ts'
import type { AdmissionPorts } from '../ports.ts'
import { checkIn, worksAt } from '../use-cases/check-in.ts'
import { openOrder } from '../use-cases/open-order.ts'
import { attendeeRoutes } from './attendee-routes.ts'
import { admissionProblems } from './problems.ts'
import { countCheckIns, ticketsOfOrder } from './queries.ts'
import {
  checkInBatchBody,
  checkInBatchReply,
  checkInBody,
  checkInReply,
  countsReply,
  eventParams,
  keysReply,
  orderParams,
  secretHeader,
  secretQuery,
  ticketsReply,
} from './schemas.ts'
import type { TicketCodes } from './ticket-codes.ts'

type Needs = AdmissionPorts & AdmissionApi & { pool: pg.Pool; codes: TicketCodes }

const tags = ['admission']

const unknownEvent = only(admissionProblems, 'event-not-found')
const unknownOrder = only(admissionProblems, 'order-not-found')
const noETicket = only(admissionProblems, 'order-not-found', 'tickets-not-found')
const notCheckedIn = only(admissionProblems, 'event-not-found', 'malformed-instant')

export function admissionRoutes(http: Http, needs: Needs): void {
  ticketRoutes(http, needs)
  doorRoutes(http, needs)
  doorReads(http, needs)
  attendeeRoutes(http, needs)
}

function ticketRoutes(http: Http, needs: Needs): void {
  const { pool, codes, eTicketPdf } = needs

  http.get(
    '/orders/:orderId/tickets',
    {
      schema: {
        operationId: 'listTickets',
        summary: 'The tickets of an order, with the codes that open the door',
        tags,
        params: orderParams,
        querystring: secretQuery,
        headers: secretHeader,
        response: { 200: ticketsReply },
      },
      config: { scope: ticketScope, problems: unknownOrder },
    },
    async (request, reply) => {
      const opened = await openOrder(needs, openingOf(request))
      if (!opened.ok) return refuse(reply, unknownOrder, opened.error)
      const tickets = await ticketsOfOrder(pool, opened.value.orderId)
      reply.header('cache-control', 'private, no-store')
      return {
        tickets: tickets.map((ticket) => ({
          id: toPublicId('ticket', ticket.id),
          ticketTypeId: toPublicId('tickettype', ticket.ticketTypeId),
          type: ticket.ticketTypeName,
          seat: ticket.seat,
          holderName: ticket.holderName,
          status: statusOf(ticket),
          code: codes.codeOf(ticket),
        })),
      }
    },
  )

  http.get(
    '/orders/:orderId/tickets.pdf',
    {
      schema: {
        operationId: 'getETicket',
        summary: 'The e-ticket of an order as PDF, one page per ticket',
        tags,
        params: orderParams,
        querystring: secretQuery,
        headers: secretHeader,
        response: { 200: content('application/pdf', 'A page per ticket.') },
      },
      config: { scope: ticketScope, problems: noETicket },
    },
    async (request, reply) => {
      const opened = await openOrder(needs, openingOf(request))
      if (!opened.ok) return refuse(reply, noETicket, opened.error)
      const pdf = await eTicketPdf(opened.value.orderId)
      if (!pdf) return refuse(reply, noETicket, { kind: 'tickets-not-found' })
      return reply
        .type('application/pdf')
        .header('cache-control', 'private, no-store')
        .header('content-disposition', `inline; filename="${request.params.orderId}.pdf"`)
        .send(pdf)
    },
  )
}

function doorRoutes(http: Http, needs: Needs): void {
  const config = {
    access: 'signed-in',
    scope: 'check-ins:write',
    problems: notCheckedIn,
  } as const

  http.post(
    '/check-ins',
    {
      schema: {
        operationId: 'checkIn',
        summary: 'Redeem a scanned code at the door of an event',
        tags,
        body: checkInBody,
        response: { 200: checkInReply },
      },
      config,
    },
    async (request, reply) => {
      const { eventId, ...scanned } = request.body
      const scan = scanOf(scanned)
      if (!scan) return refuse(reply, notCheckedIn, { kind: 'malformed-instant' })
      const result = await checkIn(needs, {
        eventId: bareId('event', eventId),
        principal: principalOf(request),
        scans: [scan],
      })
      if (!result.ok) return refuse(reply, notCheckedIn, result.error)
      const [only] = result.value
      assert(only, 'every scan has an answer')
      return present(only)
    },
  )

  http.post(
    '/check-ins/batch',
    {
      schema: {
        operationId: 'checkInBatch',
        summary: 'Redeem codes that were scanned while offline, in the order of their scanning',
        tags,
        body: checkInBatchBody,
        response: { 200: checkInBatchReply },
      },
      config,
    },
    async (request, reply) => {
      const scans = request.body.scans.flatMap((scan) => scanOf(scan) ?? [])
      if (scans.length < request.body.scans.length) {
        return refuse(reply, notCheckedIn, { kind: 'malformed-instant' })
      }
      const result = await checkIn(needs, {
        eventId: bareId('event', request.body.eventId),
        principal: principalOf(request),
        scans,
      })
      if (!result.ok) return refuse(reply, notCheckedIn, result.error)
      return { results: result.value.map(present) }
    },
  )
}

function doorReads(http: Http, needs: Needs): void {
  http.get(
    '/check-in-keys',
    {
      schema: {
        operationId: 'listCheckInKeys',
        summary: 'The public keys with which a scanner checks codes offline (a JWK set)',
        description:
          'A code is base64url of 90 bytes: version (1), key id (3), ticket id (16), the last ' +
          'bytes of the event id (6), and the Ed25519 signature (64) of what stands before it.',
        tags,
        response: { 200: keysReply },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return { keys: needs.codes.publicKeys }
    },
  )

  http.get(
    '/events/:eventId/check-ins',
    {
      schema: {
        operationId: 'countCheckIns',
        summary: 'How many tickets of an event are issued and redeemed, per ticket type',
        tags,
        params: eventParams,
        response: { 200: countsReply },
      },
      config: { access: 'signed-in', scope: ticketScope, problems: unknownEvent },
    },
    async (request, reply) => {
      const eventId = bareId('event', request.params.eventId)
      if (!(await worksAt(needs, eventId, principalOf(request)))) {
        return refuse(reply, unknownEvent, { kind: 'event-not-found' })
      }
      const counts = await countCheckIns(needs.pool, eventId)
      return {
        issued: counts.reduce((sum, { issued }) => sum + issued, 0),
        redeemed: counts.reduce((sum, { redeemed }) => sum + redeemed, 0),
        ticketTypes: counts.map((count) => ({
          ...count,
          ticketTypeId: toPublicId('tickettype', count.ticketTypeId),
        })),
      }
    },
  )
}

const ticketScope = 'tickets:read'

function openingOf(request: {
  params: { orderId: string }
  query: { secret?: string }
  headers: { 'x-order-secret'?: string }
  principal: Principal | undefined
}) {
  return {
    orderId: bareId('order', request.params.orderId),
    principal: request.principal,
    secret: request.headers['x-order-secret'] ?? request.query.secret,
  }
}

/** The schema lets through days and seconds that no calendar has; undefined for those. */
function scanOf(scan: { code: string; nonce?: string; at?: string }) {
  const { at, ...rest } = scan
  if (at === undefined) return rest
  const instant = new Date(at)
  return Number.isNaN(instant.getTime()) ? undefined : { ...rest, at: instant }
}

function present({ result, ticket }: CheckIn) {
  if (!ticket) return { result }
  return {
    result,
    ticket: {
      id: toPublicId('ticket', ticket.id),
      ticketTypeId: toPublicId('tickettype', ticket.ticketTypeId),
      type: ticket.ticketTypeName,
      seat: ticket.seat,
      holderName: ticket.holderName,
      redeemedAt: ticket.redeemedAt?.toISOString() ?? null,
    },
  }
}
