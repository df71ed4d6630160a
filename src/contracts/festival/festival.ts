import type { Contract } from '../contract.ts'
import { bookingRoutes } from './bookings.ts'
import { confirmationConsumer, deletionConsumer } from './consumers.ts'
import { festivalRoutes } from './festivals.ts'
import { idCardRoutes } from './id-cards.ts'
import type { FestivalNeeds } from './needs.ts'
import { confirmationQueue, deletionQueue } from './queues.ts'
import { answerErrors, fail } from './replies.ts'
import { userRoutes } from './users.ts'

/** The Festival Ticket API: users, festivals, and bookings that a mailed link confirms. */
export function festivalContract(needs: FestivalNeeds): Contract {
  return {
    name: 'festival',
    paths: {
      pattern: /^\/(users|authentications|festivals|bookings)(\/|$)/,
      notFound: (reply) => fail(reply, 404, 'resource tidak ditemukan'),
    },
    prepare(http) {
      http.setErrorHandler(answerErrors)
      // Fastify reads it unasked, and no route here takes plain text.
      http.removeContentTypeParser('text/plain')
    },
    routes: {
      identity(http) {
        userRoutes(http, needs)
        idCardRoutes(http, needs)
      },
      catalog: (http) => festivalRoutes(http, needs),
      booking: (http) => bookingRoutes(http, needs),
    },
    consumers: {
      [confirmationQueue.name]: confirmationConsumer(needs),
      [deletionQueue.name]: deletionConsumer(needs),
    },
  }
}
