import { platformProblems } from '../../platform/problems.ts'
import type { Contract } from '../contract.ts'
import { answerFailures } from '../failures.ts'
import { bookingRoutes } from './bookings.ts'
import { eventRoutes } from './events.ts'
import { refusal, refuse, type ServicesParts } from './parts.ts'
import { paymentRoutes } from './payments.ts'
import { userRoutes } from './users.ts'

/** The event-booking case study: a user, an event, a booking and a payment service. */
export function servicesContract(parts: ServicesParts): Contract {
  return {
    name: 'services',
    paths: {
      pattern: /^\/(register|login|profile|events?|booking|payment)(\/|$)/,
      notFound: (reply) => refuse(reply, platformProblems, { kind: 'not-found' }),
    },
    prepare: (http) => answerFailures(http, ({ kind, message }) => refusal(kind, message)),
    routes: {
      identity: (http) => userRoutes(http, parts),
      catalog: (http) => eventRoutes(http, parts),
      booking: (http) => bookingRoutes(http, parts),
      payment: (http) => paymentRoutes(http, parts),
    },
  }
}
