import assert from 'node:assert'
import type pg from 'pg'
import { daysBefore } from '../../kernel/instant.ts'
import { newId } from '../../platform/ids.ts'
import type { Module } from '../../platform/module.ts'
import { jwtAccessTokens, type AccessTokenSettings } from './adapters/access-tokens.ts'
import { postgresApiKeys } from './adapters/api-keys.ts'
import { postgresAuditLog } from './adapters/audit-log.ts'
import { auditRoutes } from './adapters/audit-routes.ts'
import { identityRoutes } from './adapters/http.ts'
import { postgresIdCards } from './adapters/id-cards.ts'
import { postgresLoginFailures } from './adapters/login-failures.ts'
import { argon2Passwords } from './adapters/passwords.ts'
import { identityProblems } from './adapters/problems.ts'
import { signedRefreshTokens } from './adapters/refresh-tokens.ts'
import { postgresSessions } from './adapters/sessions.ts'
import { postgresUsers } from './adapters/users.ts'
import type { IdentityApi } from './contract.ts'
import type { IdentityPorts } from './ports.ts'
import { authenticate } from './use-cases/authenticate.ts'
import { forgetOldActions } from './use-cases/forget-old-actions.ts'
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
  /** The first signs, all are accepted; so with access tokens. */
  refreshTokenKeys: readonly Uint8Array[]
  refreshTokenSeconds: number
  auditRetentionDays: number
}

const keyBytesMin = 32
const revokedKeysKeptDays = 90

/** Identity on PostgreSQL. The keys are secret bytes that have nothing in common. */
export function identityPorts(settings: IdentitySettings): IdentityPorts {
  const { pool, clock, accessTokenKeys, refreshTokenKeys, refreshTokenSeconds } = settings
  for (const { length } of [...accessTokenKeys, ...refreshTokenKeys]) {
    assert(length >= keyBytesMin, 'a key is too short')
  }
  const [refreshTokenKey] = refreshTokenKeys
  assert(refreshTokenKey, 'there is a key for refresh tokens')
  return {
    clock,
    newId,
    users: postgresUsers(pool),
    sessions: postgresSessions(pool),
    apiKeys: postgresApiKeys(pool, refreshTokenKey),
    idCards: postgresIdCards(pool),
    loginFailures: postgresLoginFailures(pool),
    passwords: argon2Passwords(),
    accessTokens: jwtAccessTokens(settings),
    refreshTokens: signedRefreshTokens(refreshTokenKeys),
    refreshTokenSeconds,
    auditLog: postgresAuditLog(pool),
    auditRetentionDays: settings.auditRetentionDays,
  }
}

/** Who is who: users, their passwords, sessions, roles and API keys. */
export function identityModule(ports: IdentityPorts): Module<IdentityApi> {
  return {
    name: 'identity',
    api: {
      authenticate: (credential) => authenticate(ports, credential),
      findUserId: async (email) => (await ports.users.findByEmail(email))?.id,
      async findUser(userId) {
        const user = await ports.users.find(userId)
        return user && { userId, name: user.name, email: user.email, roles: user.roles }
      },
      recordAction: (action) => ports.auditLog.add(action),
      async ensureBuyer({ userId, ...buyer }) {
        await createUser(ports, { ...buyer, id: userId, password: null, roles: ['buyer'] })
      },
    },
    routes(http) {
      identityRoutes(http, ports)
      auditRoutes(http, ports)
    },
    handlers: {},
    tasks: [
      {
        name: 'identity.forgetExpired',
        everyMillis: 60 * 60 * 1000,
        run: async () => {
          await ports.sessions.forgetExpired(ports.clock())
          await ports.loginFailures.forgetExpired(ports.clock())
          await ports.apiKeys.forgetRevokedBefore(daysBefore(ports.clock(), revokedKeysKeptDays))
        },
      },
      {
        name: 'identity.forgetOldActions',
        everyMillis: 60 * 60 * 1000,
        run: () => forgetOldActions(ports),
      },
    ],
    problems: identityProblems,
  }
}
