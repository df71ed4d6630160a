import assert from 'node:assert'
import type pg from 'pg'
import { newId } from '../../platform/ids.ts'
import type { Module } from '../../platform/module.ts'
import { jwtAccessTokens, type AccessTokenSettings } from './adapters/access-tokens.ts'
import { postgresApiKeys } from './adapters/api-keys.ts'
import { identityRoutes } from './adapters/http.ts'
import { postgresLoginFailures } from './adapters/login-failures.ts'
import { argon2Passwords } from './adapters/passwords.ts'
import { identityProblems } from './adapters/problems.ts'
import { signedRefreshTokens } from './adapters/refresh-tokens.ts'
import { postgresSessions } from './adapters/sessions.ts'
import { postgresUsers } from './adapters/users.ts'
import type { IdentityApi } from './contract.ts'
import type { IdentityPorts } from './ports.ts'
import { authenticate } from './use-cases/authenticate.ts'
import { createUser } from './use-cases/create-user.ts'
import { importUser, type ImportUser } from './use-cases/import-user.ts'

export { requestAuthenticator } from './adapters/credential.ts'
export { createUser } from './use-cases/create-user.ts'

/** Takes in users of another system; see `importUser`. */
export const userImport =
  (pool: pg.Pool) =>
  (user: ImportUser): ReturnType<typeof importUser> =>
    importUser({ users: postgresUsers(pool), clock: () => new Date(), newId }, user)

export type IdentitySettings = AccessTokenSettings & {
  pool: pg.Pool
  refreshTokenKey: Uint8Array
  refreshTokenSeconds: number
}

const keyBytesMin = 32

/** Identity on PostgreSQL. The keys are secret bytes that have nothing in common. */
export function identityPorts(settings: IdentitySettings): IdentityPorts {
  const { pool, clock, accessTokenKey, refreshTokenKey, refreshTokenSeconds } = settings
  assert(accessTokenKey.length >= keyBytesMin, 'the access token key is too short')
  assert(refreshTokenKey.length >= keyBytesMin, 'the refresh token key is too short')
  return {
    clock,
    newId,
    users: postgresUsers(pool),
    sessions: postgresSessions(pool),
    apiKeys: postgresApiKeys(pool, refreshTokenKey),
    loginFailures: postgresLoginFailures(pool),
    passwords: argon2Passwords(),
    accessTokens: jwtAccessTokens(settings),
    refreshTokens: signedRefreshTokens(refreshTokenKey),
    refreshTokenSeconds,
  }
}

/** Who is who: users, their passwords, sessions, roles and API keys. */
export function identityModule(ports: IdentityPorts): Module<IdentityApi> {
  return {
    name: 'identity',
    api: {
      authenticate: (credential) => authenticate(ports, credential),
      findUserId: async (email) => (await ports.users.findByEmail(email))?.id,
      async ensureBuyer({ userId, ...buyer }) {
        await createUser(ports, { ...buyer, id: userId, password: null, roles: ['buyer'] })
      },
    },
    routes: (http) => identityRoutes(http, ports),
    handlers: {},
    tasks: [
      {
        name: 'identity.forgetExpired',
        everyMillis: 60 * 60 * 1000,
        run: async () => {
          await ports.sessions.forgetExpired(ports.clock())
          await ports.loginFailures.forgetExpired(ports.clock())
        },
      },
    ],
    problems: identityProblems,
  }
}
