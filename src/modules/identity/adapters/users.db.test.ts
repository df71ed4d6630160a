import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { openIdentity } from '../../../../tests/support/identity.ts'
import { createUser } from '../use-cases/create-user.ts'

let app: Awaited<ReturnType<typeof openIdentity>>
let admin: Awaited<ReturnType<typeof app.signUp>>
before(async () => {
  app = await openIdentity()
  admin = await app.signUp('admin@example.com', ['buyer', 'admin'])
  for (let index = 1; index <= 7; index++) {
    // Some share an instant, so that a page can end between them.
    if (index % 3 === 0) app.wait(1)
    const user = { name: `Buyer ${index}`, email: `b${index}@example.com`, phone: null }
    await createUser(app.ports, { ...user, id: app.ports.newId(), password: null, roles: [] })
  }
})
after(() => app[Symbol.asyncDispose]())

const list = async (query: string) => {
  const { status, body } = await app.call(`GET /users${query}`, { token: admin.token })
  const users = (body['users'] ?? []) as { id: string; email: string; createdAt: string }[]
  return { status, users, nextCursor: body['nextCursor'] }
}
const setRoles = (userId: string, roles: string[], token = admin.token) =>
  app.call(`PUT /users/user-${userId}/roles`, { token, body: { roles } })

test('an admin reads all users page by page, newest first, none twice', async () => {
  const all = (await list('')).users
  assert.equal(all.length, 8)
  assert.deepEqual(
    all.map(({ createdAt }) => createdAt),
    all
      .map(({ createdAt }) => createdAt)
      .toSorted()
      .toReversed(),
  )
  const paged = []
  let cursor = ''
  do {
    const page = await list(`?limit=3${cursor}`)
    assert.ok(page.users.length <= 3)
    paged.push(...page.users)
    cursor = page.nextCursor ? `&cursor=${page.nextCursor}` : ''
  } while (cursor)
  assert.deepEqual(paged, all)
  assert.equal((await list('?limit=8')).nextCursor, null)
})

test('an admin searches names and addresses, in any case, literally', async () => {
  const emails = async (q: string) =>
    (await list(`?q=${encodeURIComponent(q)}`)).users.map(({ email }) => email)
  assert.deepEqual(await emails('BUYER 3'), ['b3@example.com'])
  assert.deepEqual(await emails('B4@Ex'), ['b4@example.com'])
  assert.deepEqual(await emails('%'), [])
  assert.deepEqual(await emails("'"), [])
})

test('a page that cannot be is refused', async () => {
  for (const query of [
    '?limit=0',
    '?limit=101',
    '?limit=x',
    '?cursor=1',
    `?q=${'x'.repeat(255)}`,
  ]) {
    assert.equal((await list(query)).status, 400, query)
  }
})

test('only admins see users and give roles', async () => {
  const { token } = await app.signUp('staff@example.com', ['buyer', 'organiser', 'staff'])
  assert.equal((await app.call('GET /users', { token })).status, 403)
  assert.equal((await app.call('GET /users')).status, 401)
  assert.equal((await setRoles(admin.userId, ['admin'], token)).status, 403)
})

test('new roles are in the next access token, and in a key at once', async () => {
  const { userId, token, refreshToken } = await app.signUp('ayu@example.com')
  const { body } = await app.call('POST /api-keys', {
    token,
    body: { name: 'Till', scopes: ['users:read'] },
  })
  const key = String(body['key'])
  const given = await setRoles(userId, ['admin'])
  assert.deepEqual(given.body['roles'], ['buyer', 'admin'])

  assert.equal((await app.call('GET /users', { token })).status, 403)
  assert.equal((await app.call('GET /users', { key })).status, 200)
  const refreshed = await app.call('POST /auth/refresh', { body: { refreshToken } })
  const next = String(refreshed.body['accessToken'])
  assert.equal((await app.call('GET /users', { token: next })).status, 200)

  assert.deepEqual((await setRoles(userId, [])).body['roles'], ['buyer'])
  assert.equal((await app.call('GET /users', { key })).status, 403)
})

test('roles that cannot be given are refused', async () => {
  const refusal = async (reply: ReturnType<typeof setRoles>) => {
    const { status, body } = await reply
    return [status, body['code']]
  }
  assert.deepEqual(await refusal(setRoles(app.ports.newId(), [])), [404, 'user-not-found'])
  assert.deepEqual(await refusal(setRoles(admin.userId, ['staff'])), [409, 'own-admin-role'])
  assert.deepEqual(await refusal(setRoles(admin.userId, ['king'])), [400, 'invalid-request'])
  assert.deepEqual(await refusal(setRoles('1', [])), [400, 'invalid-request'])
})

test('a user made with a fixed id stays as they became', async () => {
  const demo = {
    id: '00000000-0000-7000-8000-000000000001',
    name: 'Organiser',
    email: 'organiser@example.com',
    phone: null,
    password: 'correct horse',
    roles: ['buyer', 'organiser'] as const,
  }
  assert.equal((await createUser(app.ports, demo)).ok, true)
  await app.ports.users.changeProfile(demo.id, { name: 'Renamed' })
  const noHash = () => Promise.reject(new Error('hashed without need'))
  const passwords = { ...app.ports.passwords, hash: noHash }
  const again = await createUser({ ...app.ports, passwords }, demo)
  assert.equal(again.ok && again.value.name, 'Renamed')
  const taken = await createUser(app.ports, { ...demo, id: app.ports.newId() })
  assert.deepEqual(taken, { ok: false, error: { kind: 'email-taken' } })
})

test('a user is found by their address in any case', async () => {
  assert.equal(await app.identity.api.findUserId('ADMIN@example.com'), admin.userId)
  assert.equal(await app.identity.api.findUserId('nobody@example.com'), undefined)
})
