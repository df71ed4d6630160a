import type pg from 'pg'
import type { Module } from '../../platform/module.ts'
import { daysBefore } from '../../kernel/instant.ts'
import { derivedId, newId } from '../../platform/ids.ts'
import { deleteOldRows } from '../../platform/old-rows.ts'
import { postgresStore } from '../../platform/postgres-store.ts'
import type { BookingMessage } from '../booking/contract.ts'
import { postgresDoors } from './adapters/doors.ts'
import { eTickets } from './adapters/e-tickets.ts'
import { admissionRoutes } from './adapters/http.ts'
import { orderTickets } from './adapters/orders.ts'
import { admissionProblems } from './adapters/problems.ts'
import { redemptionsOf } from './adapters/queries.ts'
import { ticketCodes } from './adapters/ticket-codes.ts'
import { timelineOf } from './adapters/timeline.ts'
import type { AdmissionApi } from './contract.ts'
import type { AdmissionPorts } from './ports.ts'
import { issueTickets } from './use-cases/issue-tickets.ts'
import { revokeTickets } from './use-cases/revoke-tickets.ts'

export type AdmissionOptions = Pick<AdmissionPorts, 'booking' | 'catalog' | 'secrets' | 'clock'> & {
  pool: pg.Pool
  /** How many days every scan is kept. */
  checkInRetentionDays: number
  /** 32 secret bytes; the key that signs ticket codes is made of them. */
  ticketSigningSeed: Uint8Array
  /** Public keys (32 bytes each) whose codes are still accepted. */
  retiredTicketKeys?: readonly Uint8Array[]
}

const checkIns = { table: 'admission.check_ins', column: 'scanned_at' }

type Data<T extends BookingMessage['type']> = Extract<BookingMessage, { type: T }>['data']

/** Tickets, their codes and pages, and the doors where they are redeemed. */
export function admissionModule(options: AdmissionOptions): Module<AdmissionApi> {
  const { pool, booking, catalog, secrets, clock } = options
  const codes = ticketCodes(options.ticketSigningSeed, options.retiredTicketKeys ?? [])
  const ports: AdmissionPorts = {
    orders: postgresStore(pool, orderTickets),
    doors: postgresDoors(pool),
    codes,
    booking,
    catalog,
    secrets,
    newId,
    derivedId,
    clock,
  }
  const api: AdmissionApi = {
    eTicketPdf: eTickets(pool, codes),
    redemptionsOf: (eventId, timeZone) => redemptionsOf(pool, eventId, timeZone),
    timelineOf: (orderId) => timelineOf(pool, orderId),
  }
  return {
    name: 'admission',
    api,
    routes: (http) => admissionRoutes(http, { ...ports, ...api, pool, codes }),
    handlers: {
      async 'ticket.issue'({ data, time }) {
        const { order } = data as Data<'ticket.issue'>
        await issueTickets(ports, { order, writtenAt: new Date(time) })
      },
      async 'ticket.revoke'({ data, time }) {
        const order = data as Data<'ticket.revoke'>
        await revokeTickets(ports, { ...order, writtenAt: new Date(time) })
      },
    },
    tasks: [
      {
        name: 'admission.forget-check-ins',
        everyMillis: 60 * 60 * 1000,
        run: () => deleteOldRows(pool, checkIns, daysBefore(clock(), options.checkInRetentionDays)),
      },
    ],
    problems: admissionProblems,
  }
}
