import { Type } from 'typebox'
import { platformProblems, type Problems } from '../../../platform/problems.ts'

const retryAfterSeconds = Type.Integer()

/** Every refusal of identity. */
export const identityProblems = {
  'email-taken': {
    status: 409,
    title: 'There is a user with this e-mail address already.',
    retry: false,
  },
  'idempotency-key-reused': platformProblems['idempotency-key-reused'],
  'invalid-credentials': {
    status: 401,
    title: 'The e-mail address or the password is wrong.',
    retry: false,
  },
  'too-many-logins': {
    status: 429,
    title: 'Too many failed logins; wait as long as Retry-After says.',
    retry: true,
    details: { retryAfterSeconds },
  },
  'sign-in-overloaded': {
    status: 503,
    title: 'Too many passwords are being checked; wait as long as Retry-After says.',
    retry: true,
    details: { retryAfterSeconds },
  },
  'invalid-refresh-token': {
    status: 401,
    title: 'The session of this refresh token is over; log in again.',
    retry: false,
  },
  'wrong-password': {
    status: 403,
    title: 'The current password is not the one given.',
    retry: false,
  },
  'user-not-found': { status: 404, title: 'There is no such user.', retry: false },
  'own-admin-role': {
    status: 409,
    title: 'An admin cannot take that role from themselves; another admin can.',
    retry: false,
  },
  'api-key-not-found': { status: 404, title: 'You have no such API key.', retry: false },
  'too-many-api-keys': {
    status: 409,
    title: 'You have as many API keys as are allowed; revoke one.',
    retry: false,
  },
} satisfies Problems
