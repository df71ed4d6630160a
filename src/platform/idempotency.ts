import { hash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { derivedId, newId } from './ids.ts'

/** The identity of a thing about to be created, and the request it is created by. */
export type CreationKey = {
  id: string
  /** Undefined when the caller sent no `Idempotency-Key`. */
  requestHash: string | undefined
}

/**
 * Turns the `Idempotency-Key` of a creating request into the id of what it creates. A repeat
 * meets the row of the first request, so the key lives in the transaction of its effect; the row
 * keeps the hash, by which another body under the same key is refused.
 *
 * `caller` keeps one caller's keys apart from another's.
 */
export function creationKey(request: FastifyRequest, caller: string): CreationKey {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string') return { id: newId(), requestHash: undefined }
  const operation = String(request.routeOptions.schema?.operationId ?? request.routeOptions.url)
  return {
    id: derivedId(caller, operation, key),
    requestHash: hash('sha256', JSON.stringify(request.body), 'base64url'),
  }
}

/** The header, for route schemas. */
export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[!-~]+$',
      description: 'Send it again with the same body after a lost answer: nothing is done twice.',
    }),
  ),
})
