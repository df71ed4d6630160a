import { Type } from 'typebox'
import { platformProblems, type Problems } from '../../../platform/problems.ts'

const taken = Type.Integer({ description: 'Tickets that are held or sold.' })

/** Every refusal catalog's routes can answer. */
export const catalogProblems = {
  forbidden: platformProblems.forbidden,
  'idempotency-key-reused': platformProblems['idempotency-key-reused'],
  'event-not-found': { status: 404, title: 'There is no such event.', retry: false },
  'ticket-type-not-found': {
    status: 404,
    title: 'The event has no such ticket type.',
    retry: false,
  },
  'event-cancelled': { status: 409, title: 'A cancelled event never changes again.', retry: false },
  'no-ticket-types': {
    status: 409,
    title: 'An event on sale needs at least one ticket type.',
    retry: false,
  },
  'event-starts-in-past': {
    status: 409,
    title: 'An event on sale must start in the future.',
    retry: false,
  },
  'currency-fixed': {
    status: 409,
    title: 'The currency stays as it was when the event was published.',
    retry: false,
  },
  'seats-fixed': {
    status: 409,
    title: 'The rows of numbered seats stay as they were when the event was published.',
    retry: false,
  },
  'capacity-below-taken': {
    status: 409,
    title:
      'The capacity cannot fall below what is held or sold, or take its seat; `taken` says how far it may.',
    retry: false,
    details: { taken },
  },
  'ticket-type-has-sales': {
    status: 409,
    title: 'Tickets of this type are held or sold; `taken` says how many.',
    retry: false,
    details: { taken },
  },
  'event-has-live-orders': {
    status: 409,
    title: 'Tickets are held or sold; send `cancelOrders: true` to cancel and refund them all.',
    retry: false,
  },
  'too-many-ticket-types': {
    status: 409,
    title: 'The event has as many ticket types as one event may have.',
    retry: false,
  },
  'too-many-staff': {
    status: 409,
    title: 'The event has as many door staff as one event may have.',
    retry: false,
  },
  'event-ends-before-start': {
    status: 422,
    title: 'An event must end after it starts.',
    retry: false,
  },
  'sales-window-empty': {
    status: 422,
    title: 'A sales window must end after it begins.',
    retry: false,
  },
  'unknown-time-zone': {
    status: 422,
    title: 'The time zone is not in the IANA time zone database.',
    retry: false,
  },
  'unknown-currency': { status: 422, title: 'The currency is not in ISO 4217.', retry: false },
} satisfies Problems
