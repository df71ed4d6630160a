import type { FastifyReply, FastifyRequest } from 'fastify'
import type pg from 'pg'
import { hasRole, type Role } from '../../kernel/principal.ts'
import type { BookingApi } from '../../modules/booking/contract.ts'
import type { BookingPorts } from '../../modules/booking/ports.ts'
import type { CatalogPorts, Event } from '../../modules/catalog/ports.ts'
import type { IdentityApi } from '../../modules/identity/contract.ts'
import type { IdentityPorts } from '../../modules/identity/ports.ts'
import type { PaymentApi, PaymentOfOrder } from '../../modules/payment/contract.ts'
import { platformProblems, type Problems } from '../../platform/problems.ts'
import type { RowWatch } from '../../platform/row-watch.ts'

export type ServicesParts = {
  pool: pg.Pool
  authenticate: IdentityApi['authenticate']
  identity: IdentityPorts
  catalog: { ports: CatalogPorts; afterChange(event: Event): Promise<void> }
  booking: BookingPorts
  /** Asked by the routes of other modules. */
  bookingApi: Pick<BookingApi, 'leftOf' | 'findOrder' | 'payOrder'>
  payments: RowWatch<PaymentOfOrder>
  paymentMethods: PaymentApi['methods']
}

/** Callers show what this API asks for, not what `/v1` does. */
export const own = { access: 'own-credentials' } as const
/** What buyers do for themselves. */
export const ofBuyers = { ...own, forBuyers: true } as const

export const refusal = (kind: string, message: string) => ({
  error: { code: kind.toUpperCase().replaceAll('-', '_'), message },
})

/** Answers what a module refused in the words of this API. */
export function refuse<Kind extends string>(
  reply: FastifyReply,
  problems: Problems<Kind>,
  error: { kind: Kind; retryAfterSeconds?: number },
): FastifyReply {
  const { status, title, retry } = problems[error.kind]
  if (retry && status > 409) reply.header('retry-after', String(error.retryAfterSeconds ?? 1))
  return reply.code(status).send(refusal(error.kind, title))
}

/** Lets in who shows a valid access token, and has one of the roles if any are named. */
export const signedIn =
  ({ authenticate }: ServicesParts, ...roles: Role[]) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    const principal = token && (await authenticate({ kind: 'access-token', token }))
    if (!principal) {
      return reply.code(401).send(refusal('unauthenticated', 'A valid access token is needed.'))
    }
    // Also who is refused is audited.
    request.principal = principal
    if (roles.length > 0 && !hasRole(principal, ...roles)) {
      return refuse(reply, platformProblems, { kind: 'forbidden' })
    }
    return undefined
  }
