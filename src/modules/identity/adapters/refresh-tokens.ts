import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IdentityPorts } from '../ports.ts'

const tokenText =
  /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([1-9][0-9]{0,8})\.([\w-]{43})$/

/**
 * Refresh tokens as `<session>.<generation>.<signature>`. The signature makes them impossible to
 * guess, and tells a used token, which ends its session, from a forged one, which does nothing.
 */
export function signedRefreshTokens(key: Uint8Array): IdentityPorts['refreshTokens'] {
  const sign = (sessionId: string, generation: number) =>
    createHmac('sha256', key)
      .update(JSON.stringify(['refresh-token', sessionId, generation]))
      .digest('base64url')

  return {
    format: ({ sessionId, generation }) =>
      `${sessionId}.${generation}.${sign(sessionId, generation)}`,

    parse(text) {
      const [, sessionId = '', generation, signature = ''] = tokenText.exec(text) ?? []
      const token = { sessionId, generation: Number(generation) }
      const expected = sign(sessionId, token.generation)
      if (signature.length !== expected.length) return undefined
      return timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) ? token : undefined
    },
  }
}
