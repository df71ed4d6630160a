import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { openIdentity } from '../../../../tests/support/identity.ts'

let app: Awaited<ReturnType<typeof openIdentity>>
let ayu: Awaited<ReturnType<typeof app.signUp>>
before(async () => {
  app = await openIdentity()
  ayu = await app.signUp('ayu@example.com', ['buyer', 'admin'])
})
after(() => app[Symbol.asyncDispose]())

const create = (scopes: string[], { token = ayu.token, ...headers }: Record<string, string> = {}) =>
  app.call('POST /api-keys', { token, headers, body: { name: 'Till', scopes } })
const keyWith = async (...scopes: string[]) => String((await create(scopes)).body['key'])
const list = async (token = ayu.token) =>
  (await app.call('GET /api-keys', { token })).body['apiKeys'] as Record<string, unknown>[]

test('a key is shown once and kept as a hash only', async () => {
  const { status, body, headers } = await create(['profile:read', 'events:read'])
  assert.equal(status, 201)
  assert.equal(headers['cache-control'], 'no-store')
  const { key, ...rest } = body
  assert.match(String(key), /^karcis_[0-9a-f]{32}_[\w-]{43}$/)
  assert.equal(rest['prefix'], String(key).slice(0, 'karcis_'.length + 32))
  assert.deepEqual((await list())[0], rest)

  const { rows } = await app.pool.query('select k::text as row from identity.api_keys k')
  assert.ok(!JSON.stringify(rows).includes(String(key).slice(-43)))
})

test('a key acts for its user within its scopes', async () => {
  const reader = await keyWith('profile:read')
  const me = await app.call('GET /auth/me', { key: reader })
  assert.equal(me.body['email'], 'ayu@example.com')
  const patched = await app.call('PATCH /auth/me', { key: reader, body: { name: 'X' } })
  assert.deepEqual([patched.status, patched.body['code']], [403, 'forbidden'])
  assert.equal((await app.call('GET /users', { key: reader })).status, 403)
  assert.equal((await app.call('GET /users', { key: await keyWith('users:read') })).status, 200)
})

test('a key can neither make keys nor change the password', async () => {
  const key = await keyWith('profile:read', 'profile:write', 'users:read', 'users:write')
  const { status } = await app.call('POST /api-keys', {
    key,
    body: { name: 'More', scopes: ['users:write'] },
  })
  assert.equal(status, 403)
  assert.equal((await app.call('GET /api-keys', { key })).status, 403)
  const body = { currentPassword: 'x', newPassword: 'battery staple' }
  assert.equal((await app.call('POST /auth/password', { key, body })).status, 403)
})

test('a scope does not give a role', async () => {
  const budi = await app.signUp('budi@example.com')
  const { body } = await create(['users:read'], { token: budi.token })
  assert.equal((await app.call('GET /users', { key: String(body['key']) })).status, 403)
})

test('a text that is nearly a key is none', async () => {
  const key = await keyWith('profile:read')
  const other = await keyWith('profile:read')
  const last = key.endsWith('A') ? 'B' : 'A'
  const mixed = key.slice(0, -43) + other.slice(-43)
  for (const forged of [key.slice(0, -1) + last, `${key}A`, mixed, 'karcis_', 'x']) {
    const { status, body } = await app.call('GET /auth/me', { key: forged })
    assert.deepEqual([status, body['code']], [401, 'unauthenticated'])
  }
})

test('the last use is kept to the minute', async () => {
  const { body } = await create(['profile:read'])
  const lastUsedAt = async () => (await list()).find(({ id }) => id === body['id'])?.['lastUsedAt']
  const use = () => app.call('GET /auth/me', { key: String(body['key']) })
  assert.equal(await lastUsedAt(), null)
  await use()
  const first = await lastUsedAt()
  assert.equal(typeof first, 'string')
  app.wait(59)
  await use()
  assert.equal(await lastUsedAt(), first)
  app.wait(1)
  await use()
  assert.notEqual(await lastUsedAt(), first)
})

test('a revoked key is useless at once, and revoking it twice is no error', async () => {
  const { body } = await create(['profile:read'])
  const key = String(body['key'])
  const revoke = (token = ayu.token) => app.call(`DELETE /api-keys/${body['id']}`, { token })

  const budi = await app.signUp('citra@example.com')
  const foreign = await revoke(budi.token)
  assert.deepEqual([foreign.status, foreign.body['code']], [404, 'api-key-not-found'])
  assert.equal((await app.call('GET /auth/me', { key })).status, 200)

  assert.equal((await revoke()).status, 204)
  assert.equal((await app.call('GET /auth/me', { key })).status, 401)
  const revoked = 'select max(revoked_at) as at from identity.api_keys'
  const { rows: before } = await app.pool.query(revoked)
  app.wait(1)
  assert.equal((await revoke()).status, 204)
  assert.deepEqual((await app.pool.query(revoked)).rows, before)
  assert.ok(!(await list()).some(({ id }) => id === body['id']))
})

test('an id that names no key is not found, a text that is no id is refused', async () => {
  const remove = (id: string) => app.call(`DELETE /api-keys/${id}`, { token: ayu.token })
  assert.equal((await remove(`apikey-${app.ports.newId()}`)).status, 404)
  assert.equal((await remove(`user-${app.ports.newId()}`)).status, 400)
  assert.equal((await remove('1')).status, 400)
})

test('a request that is sent again gets the same key, another body does not', async () => {
  const headers = { 'idempotency-key': 'till-1' }
  const [first, second] = await Promise.all([
    create(['orders:read'], headers),
    create(['orders:read'], headers),
  ])
  assert.equal(first.status, 201)
  assert.deepEqual(second.body, first.body)
  const other = await create(['orders:write'], headers)
  assert.deepEqual([other.status, other.body['code']], [422, 'idempotency-key-reused'])

  const budi = await app.signUp('dewi@example.com')
  const foreign = await create(['orders:read'], { ...headers, token: budi.token })
  assert.equal(foreign.status, 201)
  const secretOf = ({ body }: typeof first) => String(body['key']).slice(-43)
  assert.notEqual(secretOf(foreign), secretOf(first))
})

test('scopes come from a closed list', async () => {
  for (const scopes of [[], ['everything'], ['orders:read', 'orders:read']]) {
    assert.equal((await create(scopes)).status, 400)
  }
})

test('a user has at most twenty live keys', async () => {
  const { token } = await app.signUp('eka@example.com')
  for (let count = 1; count <= 20; count++) await create(['orders:read'], { token })
  const refused = await create(['orders:read'], { token })
  assert.deepEqual([refused.status, refused.body['code']], [409, 'too-many-api-keys'])
  const [newest] = await list(token)
  await app.call(`DELETE /api-keys/${newest?.['id']}`, { token })
  assert.equal((await create(['orders:read'], { token })).status, 201)
  assert.equal((await list(token)).length, 20)
})

test('a revoked key is forgotten in time, and a live one never', async () => {
  const { token } = await app.signUp('budi@example.com', ['buyer'])
  const scopes = ['profile:read']
  const [revoked, live] = [await create(scopes, { token }), await create(scopes, { token })]
  await app.call(`DELETE /api-keys/${revoked.body['id']}`, { token })
  const kept = async () => {
    const { rows } = await app.pool.query<{ id: string }>('select id from identity.api_keys')
    return [revoked, live].map(({ body }) => rows.some(({ id }) => String(body['id']).endsWith(id)))
  }
  const forget = app.identity.tasks.find(({ name }) => name === 'identity.forgetExpired')
  await forget?.run(new AbortController().signal)
  assert.deepEqual(await kept(), [true, true])
  await app.pool.query(`update identity.api_keys set revoked_at = revoked_at - interval '91 days'`)
  await forget?.run(new AbortController().signal)
  assert.deepEqual(await kept(), [false, true])
})
