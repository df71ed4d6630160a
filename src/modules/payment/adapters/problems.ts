import { Type } from 'typebox'
import type { Problems } from '../../../platform/problems.ts'
import { paymentStatuses, refundStatuses } from '../domain/payment.ts'

/** Every refusal the module's own routes can answer. */
export const paymentProblems = {
  'webhook-not-authentic': {
    status: 401,
    title: 'The webhook does not carry the secret of its gateway.',
    retry: false,
  },
  'gateway-not-reached': {
    status: 503,
    title: 'The gateway gave no answer; nothing was decided.',
    retry: true,
  },
  'payment-not-found': { status: 404, title: 'There is no such payment.', retry: false },
  'payment-not-parked': {
    status: 409,
    title: 'The payment does not wait for a decision about its amount.',
    retry: false,
    details: { paymentStatus: Type.Enum([...paymentStatuses]) },
  },
  'refund-not-found': { status: 404, title: 'There is no such refund.', retry: false },
  'refund-not-due': {
    status: 409,
    title: 'The refund does not wait for a person: it is done, or the gateway is at it.',
    retry: false,
    details: { refundStatus: Type.Enum([...refundStatuses]) },
  },
  'webhook-not-found': { status: 404, title: 'There is no such webhook.', retry: false },
  'webhook-was-refused': {
    status: 409,
    title: 'The webhook was refused as forged, and cannot be replayed.',
    retry: false,
  },
} satisfies Problems
