import type { FastifyRequest } from 'fastify'
import type pg from 'pg'
import type { BookingPorts, OrderWatch } from '../../modules/booking/ports.ts'
import type { IdentityApi } from '../../modules/identity/contract.ts'
import type { AcceptWebhook } from '../../modules/payment/ports.ts'

export type TedxParts = {
  pool: pg.Pool
  booking: { ports: BookingPorts; watch: OrderWatch }
  identity: Pick<IdentityApi, 'ensureBuyer'>
  acceptWebhook: AcceptWebhook
  /** The only event it sells; undefined: all that are on sale. */
  eventId: string | undefined
  /** What callers who order have to show, if anything. */
  apiKey: string | undefined
}

/** Callers show what this API asks for, not what `/v1` does. */
export const own = { access: 'own-credentials' } as const

export const refusal = ({ id: requestId }: FastifyRequest, message: string) => ({
  error: { message, requestId },
})
