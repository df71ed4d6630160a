import * as errors from 'jose/errors'
import { SignJWT } from 'jose/jwt/sign'
import { jwtVerify } from 'jose/jwt/verify'
import assert from 'node:assert'
import { hash } from 'node:crypto'
import type { Principal, Role } from '../../../kernel/principal.ts'
import type { IdentityPorts } from '../ports.ts'
import { recentlyUsed } from '../../../platform/recently-used.ts'

export type AccessTokenSettings = {
  /** The first signs; tokens that any of them signed are accepted. */
  accessTokenKeys: readonly Uint8Array[]
  accessTokenSeconds: number
  clock(): Date
}

type Claims = { sub: string; name: string; email: string; roles: Role[]; sid: string; exp: number }
type Verified = { principal: Principal; expiresAtSeconds: number }

/** How many tokens are remembered: some megabytes. */
const verifiedMax = 10_000

/** The type of an OAuth access token (RFC 9068), so that no other JWT passes for one. */
const typ = 'at+jwt'

/** Access tokens as JWTs, signed by HS256 and by nothing else. */
export function jwtAccessTokens(settings: AccessTokenSettings): IdentityPorts['accessTokens'] {
  const { accessTokenKeys, accessTokenSeconds, clock } = settings
  const [accessTokenKey] = accessTokenKeys
  assert(accessTokenKey, 'there is a key for access tokens')
  const keys = new Map(accessTokenKeys.map((key) => [idOf(key), key]))
  const kid = idOf(accessTokenKey)
  const verified = recentlyUsed<Verified>(verifiedMax)

  return {
    async issue({ userId, name, email, roles, sessionId }) {
      const issuedAtSeconds = Math.floor(clock().getTime() / 1000)
      const expiresAtSeconds = issuedAtSeconds + accessTokenSeconds
      const accessToken = await new SignJWT({ name, email, roles, sid: sessionId })
        .setProtectedHeader({ alg: 'HS256', typ, kid })
        .setSubject(userId)
        .setIssuedAt(issuedAtSeconds)
        .setExpirationTime(expiresAtSeconds)
        .sign(accessTokenKey)
      const expiresAt = new Date(expiresAtSeconds * 1000).toISOString()
      return { accessToken, expiresInSeconds: accessTokenSeconds, expiresAt }
    },

    /** Every request brings a token, so a verified one is remembered until it expires. */
    async verify(token) {
      const now = clock()
      const known = verified.get(token)
      const found = known ?? (await verifyJwt(token, keys, now))
      if (!found || found.expiresAtSeconds * 1000 <= now.getTime()) return undefined
      if (!known) verified.set(token, found)
      return found.principal
    },
  }
}

/** Names a key, so that a token tells which one signed it, and gives nothing of it away. */
const idOf = (key: Uint8Array) => hash('sha256', key, 'hex').slice(0, 8)

const keyOf =
  (keys: ReadonlyMap<string, Uint8Array>) =>
  ({ kid = '' }: { kid?: string }): Uint8Array => {
    const key = keys.get(kid)
    if (!key) throw new errors.JWKSNoMatchingKey()
    return key
  }

async function verifyJwt(
  token: string,
  keys: ReadonlyMap<string, Uint8Array>,
  currentDate: Date,
): Promise<Verified | undefined> {
  // The last character of a signature holds bits that decoding drops: one token must not have
  // several spellings.
  const signature = token.slice(token.lastIndexOf('.') + 1)
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) return undefined
  try {
    const { payload } = await jwtVerify<Claims>(token, keyOf(keys), {
      algorithms: ['HS256'],
      typ,
      currentDate,
      requiredClaims: ['sub', 'name', 'email', 'roles', 'sid', 'iat', 'exp'],
    })
    const { sub: userId, name, email, roles, sid: sessionId, exp: expiresAtSeconds } = payload
    return { principal: { userId, name, email, roles, sessionId }, expiresAtSeconds }
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
