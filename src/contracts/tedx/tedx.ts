import type { FastifyReply, FastifyRequest } from 'fastify'
import { toPublicId } from '../../kernel/id.ts'
import { listOnSale, type OnSale } from '../../modules/booking/adapters/queries.ts'
import type { AcceptWebhook } from '../../modules/payment/ports.ts'
import type { Http } from '../../platform/module.ts'
import { platformProblems } from '../../platform/problems.ts'
import { isSameSecret } from '../../platform/secrets.ts'
import type { Contract } from '../contract.ts'
import { answerFailures, bytesOf, comeBack, takeBytes } from '../failures.ts'
import { own, refusal, type TedxParts } from './parts.ts'
import { placing } from './place-order.ts'

/** More than anyone scrolls through. */
const ticketsMax = 1_000

/** The TEDx Payment Service: a catalogue, orders without login, and Xendit's callback. */
export function tedxContract(parts: TedxParts): Contract {
  return {
    name: 'tedx',
    paths: {
      pattern: /^\/api(\/|$)/,
      notFound: (reply) =>
        reply.code(404).send(refusal(reply.request, platformProblems['not-found'].title)),
    },
    prepare: (http) => answerFailures(http, ({ message }, request) => refusal(request, message)),
    routes: {
      booking(http) {
        listing(http, parts)
        placing(http, parts, apiKeyCheck(parts.apiKey))
      },
      payment: (http) => callback(http, parts.acceptWebhook),
    },
  }
}

function listing(http: Http, { pool, eventId }: TedxParts): void {
  http.get('/api/tickets', { config: own, schema: { hide: true } }, async () => ({
    data: (await listOnSale(pool, eventId, ticketsMax)).map(presentTicket),
  }))
}

const presentTicket = (onSale: OnSale) => ({
  id: toPublicId('tickettype', onSale.ticketTypeId),
  // As in EARLY_BIRD.
  type: onSale.name.toUpperCase().replaceAll(/[^\p{L}\p{N}]+/gu, '_'),
  name: onSale.name,
  price: onSale.unitPrice,
  amount: onSale.left,
  validFrom: onSale.validFrom?.toISOString() ?? null,
  validUntil: onSale.validUntil?.toISOString() ?? null,
  eventId: toPublicId('event', onSale.eventId),
})

/** Refuses, before the body is read, who does not show the key. */
function apiKeyCheck(apiKey: string | undefined) {
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> => {
    const given = request.headers['x-api-key']
    if (apiKey === undefined || isSameSecret(String(given ?? ''), apiKey)) return undefined
    return reply.code(401).send(refusal(request, 'X-API-Key is missing or wrong.'))
  }
}

/** The same inbox as that of `/v1/webhooks/xendit`: kept first, confirmed with Xendit, then acted on. */
function callback(http: Http, acceptWebhook: AcceptWebhook): void {
  http.register(async (scope) => {
    takeBytes(scope as Http)
    scope.post(
      '/api/payment-callback',
      { config: own, schema: { hide: true } },
      async (request, reply) => {
        const { headers } = request
        const webhook = { gateway: 'xendit', body: bytesOf(request), headers }
        const accepted = await acceptWebhook(webhook)
        if (accepted.ok) return { data: { received: true } }
        if (accepted.error.kind === 'unavailable') {
          return comeBack(reply).code(503).send(refusal(request, 'Not kept; send it again.'))
        }
        return reply.code(401).send(refusal(request, 'x-callback-token is missing or wrong.'))
      },
    )
  })
}
