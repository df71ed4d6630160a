import assert from 'node:assert'
import { createHmac } from 'node:crypto'
import { isSameSecret } from '../../../platform/secrets.ts'
import type { IdentityPorts } from '../ports.ts'

const tokenText =
  /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([1-9][0-9]{0,8})\.([\w-]{43})$/

/**
 * Refresh tokens as `<session>.<generation>.<signature>`. The signature makes them impossible to
 * guess, and tells a used token, which ends its session, from a forged one, which does nothing. The
 * first key signs; what any of them signed is ours.
 */
export function signedRefreshTokens(keys: readonly Uint8Array[]): IdentityPorts['refreshTokens'] {
  const [firstKey] = keys
  assert(firstKey, 'there is a key for refresh tokens')
  const sign = (sessionId: string, generation: number, key = firstKey) =>
    createHmac('sha256', key)
      .update(JSON.stringify(['refresh-token', sessionId, generation]))
      .digest('base64url')

  return {
    format: ({ sessionId, generation }) =>
      `${sessionId}.${generation}.${sign(sessionId, generation)}`,

    parse(text) {
      const [, sessionId = '', generation, signature = ''] = tokenText.exec(text) ?? []
      const token = { sessionId, generation: Number(generation) }
      const isOurs = keys.some((key) =>
        isSameSecret(signature, sign(sessionId, token.generation, key)),
      )
      return isOurs ? token : undefined
    },
  }
}
