import type { Problems } from '../../../platform/problems.ts'

/** Every refusal admission can answer. */
export const admissionProblems = {
  'event-not-found': {
    status: 404,
    title: 'There is no such event, or this account has nothing to do with it.',
    retry: false,
  },
  'order-not-found': {
    status: 404,
    title: 'There is no such order, or it is not yours.',
    retry: false,
  },
  'tickets-not-found': {
    status: 404,
    title: 'The order has no valid tickets: not issued yet, or revoked.',
    retry: true,
  },
  'malformed-instant': {
    status: 400,
    title: 'The time of a scan is not an instant that exists.',
    retry: false,
  },
} satisfies Problems
