import type { Problems } from '../../../platform/problems.ts'

/** Every refusal the module's own routes can answer. */
export const paymentProblems = {
  'webhook-not-authentic': {
    status: 401,
    title: 'The webhook does not carry the secret of its gateway.',
    retry: false,
  },
  'webhook-not-found': { status: 404, title: 'There is no such webhook.', retry: false },
  'webhook-was-refused': {
    status: 409,
    title: 'The webhook was refused as forged, and cannot be replayed.',
    retry: false,
  },
} satisfies Problems
