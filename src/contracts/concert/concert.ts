import { platformProblems } from '../../platform/problems.ts'
import type { Contract } from '../contract.ts'
import { answerFailures } from '../failures.ts'
import { callback } from './callback.ts'
import { categoryList } from './categories.ts'
import { own, type ConcertParts } from './parts.ts'
import { placing } from './place-order.ts'

/** The Concert Ticket Backend: one event, one ticket per e-mail, paid by virtual account. */
export function concertContract(parts: ConcertParts): Contract {
  return {
    name: 'concert',
    paths: {
      pattern: /^\/(health|categories|orders|payments)(\/|$)/,
      notFound: (reply) => reply.code(404).send({ message: platformProblems['not-found'].title }),
    },
    prepare: (http) => answerFailures(http, ({ message }) => ({ message })),
    routes: {
      booking(http) {
        const { pool, booking, eventId } = parts
        const categories = categoryList(pool, booking.availability, eventId)
        http.get('/health', { config: own, schema: { hide: true } }, (_request, reply) =>
          reply.send(),
        )
        http.get('/categories', { config: own, schema: { hide: true } }, async (_request, reply) =>
          reply.type('application/json; charset=utf-8').send(await categories.bytes()),
        )
        placing(http, parts, categories)
      },
      payment: (http) => callback(http, parts),
    },
  }
}
