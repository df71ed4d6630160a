import assert from 'node:assert'
import { test } from 'node:test'
import pino from 'pino'
import type { Role } from '../kernel/principal.ts'
import { createHttpServer } from './http-server.ts'

const accesses = ['public', 'signed-in', ['admin']] as const
type Caller = { roles: Role[]; scopes?: string[] }

/** A server that lets in whoever the Authorization header describes. */
async function server() {
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: '1',
    authenticate: async ({ headers }) => {
      const caller = JSON.parse(headers.authorization ?? 'null') as Caller | null
      return caller ? { userId: 'u', name: 'n', email: 'e', ...caller } : undefined
    },
  })
  for (const access of accesses) {
    http.get(`/${access}/scoped`, { config: { access, scope: 'orders:read' } }, () => ({}))
    http.get(`/${access}/plain`, { config: { access } }, () => ({}))
  }
  return http
}

// prettier-ignore
const rows: [string, Caller | null, number, number, number, number, number, number][] = [
  //                                                            public        signed-in     admin
  ['nobody',                  null,                                            200, 200,     401, 401,     401, 401],
  ['a session',               { roles: ['buyer'] },                            200, 200,     200, 200,     403, 403],
  ['a session of an admin',   { roles: ['admin'] },                            200, 200,     200, 200,     200, 200],
  ['a key with the scope',    { roles: ['admin'], scopes: ['orders:read'] },   200, 200,     200, 403,     200, 403],
  ['a key without the scope', { roles: ['admin'], scopes: ['events:read'] },   403, 200,     403, 403,     403, 403],
]

for (const [who, caller, ...expected] of rows) {
  test(`${who} may call what its roles and scopes name, and nothing else`, async () => {
    const http = await server()
    const headers = caller ? { authorization: JSON.stringify(caller) } : {}
    const statuses: number[] = []
    for (const access of accesses) {
      for (const kind of ['scoped', 'plain']) {
        statuses.push((await http.inject({ url: `/${access}/${kind}`, headers })).statusCode)
      }
    }
    assert.deepEqual(statuses, expected)
    await http.close()
  })
}
