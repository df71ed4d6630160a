import { pino } from 'pino'
import { createHttpServer } from '../../src/platform/http-server.ts'
import type { Role } from '../../src/kernel/principal.ts'
import {
  createUser,
  identityModule,
  identityPorts,
  requestAuthenticator,
} from '../../src/modules/identity/index.ts'
import { newId } from '../../src/platform/ids.ts'
import { createTestDatabase } from './database.ts'

type Reply = { status: number; body: Record<string, unknown>; headers: Record<string, unknown> }
type Call = { body?: unknown; token?: string; key?: string; headers?: Record<string, string> }

export const password = 'correct horse'

/** Identity behind HTTP on a database of its own, with a clock that the test moves. */
export async function openIdentity() {
  const database = await createTestDatabase()
  let now = new Date('2030-01-01T10:00:00Z')
  const ports = identityPorts({
    pool: database.pool,
    clock: () => now,
    accessTokenKeys: [Buffer.alloc(32, 'a')],
    accessTokenSeconds: 3600,
    refreshTokenKeys: [Buffer.alloc(32, 'r')],
    refreshTokenSeconds: 30 * 24 * 3600,
    auditRetentionDays: 365,
  })
  const identity = identityModule(ports)
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    authenticate: requestAuthenticator(identity.api),
    version: 'test',
  })
  identity.routes(http)

  async function call(operation: string, given: Call = {}): Promise<Reply> {
    const [method = '', url = ''] = operation.split(' ')
    const headers: Record<string, string> = { ...given.headers }
    if (given.token) headers['authorization'] = `Bearer ${given.token}`
    if (given.key) headers['x-api-key'] = given.key
    const reply = await http.inject({
      method: method as 'GET',
      url,
      headers,
      ...(given.body === undefined ? {} : { payload: given.body as object }),
    })
    const body = reply.body === '' ? {} : reply.json()
    return { status: reply.statusCode, body, headers: reply.headers }
  }

  const logIn = (email: string, given = password) =>
    call('POST /auth/login', { body: { email, password: given } })

  return {
    pool: database.pool,
    ports,
    identity,
    http,
    call,
    logIn,
    wait(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000)
    },
    /** A user with the password `password`, logged in. */
    async signUp(email: string, roles: Role[] = ['buyer']) {
      const user = { id: newId(), name: 'Ayu', email, phone: null, password, roles }
      await createUser(ports, user)
      const { body } = await logIn(email)
      return {
        userId: user.id,
        token: body['accessToken'] as string,
        refreshToken: body['refreshToken'] as string,
      }
    },
    async [Symbol.asyncDispose]() {
      await http.close()
      await database[Symbol.asyncDispose]()
    },
  }
}
