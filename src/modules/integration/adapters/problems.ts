import { Type } from 'typebox'
import { endpointsPerOwnerMax } from '../domain/endpoint.ts'
import { platformProblems, type Problems } from '../../../platform/problems.ts'

/** Every refusal integration can answer. */
export const integrationProblems = {
  'idempotency-key-reused': platformProblems['idempotency-key-reused'],
  'endpoint-not-found': {
    status: 404,
    title: 'There is no such endpoint, or it is not yours.',
    retry: false,
  },
  'delivery-not-found': {
    status: 404,
    title: 'The endpoint has no such delivery, or it is older than thirty days.',
    retry: false,
  },
  'event-not-found': {
    status: 404,
    title: 'There is no such event, or it is not yours.',
    retry: false,
  },
  'too-many-endpoints': {
    status: 409,
    title: `An account may have ${endpointsPerOwnerMax} endpoints; delete one first.`,
    retry: false,
  },
  'endpoint-disabled': {
    status: 409,
    title: 'The endpoint is disabled; enable it first.',
    retry: false,
  },
  'url-not-allowed': {
    status: 422,
    title: 'Webhooks are sent to public https addresses only; `reason` says what is wrong.',
    retry: false,
    details: {
      reason: Type.Enum([
        'not-a-url',
        'https-needed',
        'credentials',
        'port-not-allowed',
        'private-address',
      ]),
    },
  },
  'malformed-instant': {
    status: 400,
    title: 'This is not an instant that exists.',
    retry: false,
  },
  'too-many-pings': {
    status: 429,
    title: 'The endpoint was pinged often enough; wait a minute.',
    retry: true,
  },
} satisfies Problems
