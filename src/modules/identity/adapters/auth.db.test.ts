import assert from 'node:assert'
import { after, before, test } from 'node:test'
import bcrypt from 'bcryptjs'
import { openIdentity, password } from '../../../../tests/support/identity.ts'
import { transaction } from '../../../platform/postgres.ts'
import { createUser } from '../use-cases/create-user.ts'

let app: Awaited<ReturnType<typeof openIdentity>>
before(async () => {
  app = await openIdentity()
})
after(() => app[Symbol.asyncDispose]())

const register = (body: object, headers = {}) => app.call('POST /auth/register', { body, headers })
const refresh = (refreshToken: unknown) =>
  app.call('POST /auth/refresh', { body: { refreshToken } })
const logOut = (refreshToken: unknown) => app.call('POST /auth/logout', { body: { refreshToken } })
const refusal = ({ status, body }: { status: number; body: object }) => [
  status,
  'code' in body && body.code,
]
const sorted = (numbers: number[]) => numbers.toSorted((a, b) => a - b)

test('a person registers, logs in and reads their profile', async () => {
  const person = { name: 'Ayu', email: 'Ayu@Example.com', phone: '+62 812-3456' }
  const { status, body } = await register({ ...person, password })
  assert.equal(status, 201)
  const profile = { ...person, roles: ['buyer'], createdAt: '2030-01-01T10:00:00.000Z' }
  assert.deepEqual(body, { id: body['id'], ...profile })
  assert.match(String(body['id']), /^user-/)

  const login = await app.logIn('ayu@example.COM')
  assert.equal(login.status, 200)
  assert.equal(login.headers['cache-control'], 'no-store')
  assert.equal(login.body['expiresInSeconds'], 3600)
  assert.equal(login.body['expiresAt'], '2030-01-01T11:00:00.000Z')
  const me = await app.call('GET /auth/me', { token: String(login.body['accessToken']) })
  assert.deepEqual(me.body, body)
})

test('a registration that does not fit is refused and changes nothing', async () => {
  const fit = { name: 'Budi', email: 'budi@example.com', password: 'x'.repeat(8) }
  const table = [
    { ...fit, password: 'x'.repeat(7) },
    { ...fit, password: 'x'.repeat(201) },
    { ...fit, email: 'budi' },
    { ...fit, email: `${'b'.repeat(250)}@x.id` },
    { ...fit, name: '' },
    { ...fit, name: ' ' },
    { ...fit, name: '\u200b\u202e' },
    { ...fit, email: 'budi@example.com\u202e' },
    { ...fit, name: 'x'.repeat(101) },
    { ...fit, phone: 'call me' },
    { ...fit, roles: ['admin'] },
    { ...fit, password: 12345678 },
    { name: 'Budi', email: 'budi@example.com' },
  ]
  for (const body of table) {
    assert.deepEqual(refusal(await register(body)), [400, 'invalid-request'], JSON.stringify(body))
  }
  const { rowCount } = await app.pool.query(`select from identity.users where name = 'Budi'`)
  assert.equal(rowCount, 0)
  assert.equal((await register(fit)).status, 201)
  assert.equal((await register({ ...fit, email: 'b@x.id', password: 'x'.repeat(200) })).status, 201)
})

test('of two who register one address at once, in whatever case, one wins', async () => {
  const spellings = [
    'citra@example.com',
    'CITRA@example.com',
    'Citra@Example.Com',
    'cItra@example.com',
  ]
  const replies = await Promise.all(
    spellings.map((email) => register({ name: 'Citra', email, password })),
  )
  assert.deepEqual(sorted(replies.map(({ status }) => status)), [201, 409, 409, 409])
  const loser = replies.find(({ status }) => status === 409)
  assert.equal(loser?.body['code'], 'email-taken')
})

test('a registration that is sent again is answered again', async () => {
  const person = { name: 'Dewi', email: 'dewi@example.com', password }
  const key = { 'idempotency-key': 'dewi-1' }
  const [first, second] = await Promise.all([register(person, key), register(person, key)])
  assert.equal(first.status, 201)
  assert.deepEqual(second.body, first.body)
  const other = [
    { ...person, name: 'Dewi A' },
    { ...person, email: 'dewi2@example.com' },
    { ...person, phone: '081234' },
    { ...person, password: 'another password' },
  ]
  for (const body of other) {
    assert.deepEqual(refusal(await register(body, key)), [422, 'idempotency-key-reused'])
  }
  assert.deepEqual(refusal(await register(person)), [409, 'email-taken'])
  const long = await register(person, { 'idempotency-key': 'k'.repeat(256) })
  assert.deepEqual(refusal(long), [400, 'invalid-request'])
})

test('the address of a buyer without an account can be registered, who is then somebody else', async () => {
  const id = app.ports.newId()
  const guest = {
    name: 'Eka',
    email: 'Eka@example.com',
    phone: '+62 811',
    roles: ['buyer'] as const,
  }
  await createUser(app.ports, { ...guest, id, password: null })
  assert.deepEqual(refusal(await app.logIn('eka@example.com', '')), [401, 'invalid-credentials'])
  const account = { name: 'E', email: 'eka@example.com', password }
  const key = { 'idempotency-key': 'eka-1' }
  const replies = await Promise.all([1, 2, 3, 4].map(() => register(account, key)))
  assert.deepEqual(
    replies.map(({ status }) => status),
    [201, 201, 201, 201],
  )
  const [made] = replies
  assert.notEqual(made?.body['id'], `user-${id}`)
  assert.equal(made?.body['phone'], null)
  assert.equal((await app.logIn('eka@example.com', password)).status, 200)
  assert.deepEqual(refusal(await register(account)), [409, 'email-taken'])
  await createUser(app.ports, { ...guest, id, password: null })
  assert.equal((await app.logIn('eka@example.com', password)).status, 200)

  // Nobody gives way to a key that was used for another address, or is more than a buyer.
  const other = { ...guest, email: 'eko@example.com' }
  await createUser(app.ports, { ...other, id: app.ports.newId(), password: null })
  const reused = await register({ ...account, email: 'eko@example.com' }, key)
  assert.deepEqual(refusal(reused), [422, 'idempotency-key-reused'])
  const organiser = { ...guest, email: 'eki@example.com', roles: ['organiser'] as const }
  await createUser(app.ports, { ...organiser, id: app.ports.newId(), password: null })
  const taken = await register({ ...account, email: 'eki@example.com' })
  assert.deepEqual(refusal(taken), [409, 'email-taken'])
})

test('a wrong password, an unknown address and no password get the same answer', async () => {
  await app.signUp('fitri@example.com')
  const verified: (string | null)[] = []
  const { verify } = app.ports.passwords
  app.ports.passwords.verify = (given, hash) => {
    verified.push(hash)
    return verify(given, hash)
  }
  const wrong = await app.logIn('fitri@example.com', 'wrong')
  const unknown = await app.logIn('nobody@example.com', 'wrong')
  app.ports.passwords.verify = verify

  assert.deepEqual(refusal(wrong), [401, 'invalid-credentials'])
  assert.deepEqual({ ...unknown.body, requestId: '' }, { ...wrong.body, requestId: '' })
  assert.equal(verified.length, 2)
  assert.equal(verified[1], null)
})

test('ten failed logins close an account for five minutes and no longer', async () => {
  await app.signUp('gita@example.com')
  for (const email of ['gita@example.com', 'nobody-else@example.com']) {
    for (let failure = 1; failure <= 10; failure++) {
      assert.equal((await app.logIn(email.toUpperCase(), 'wrong')).status, 401)
    }
    app.wait(100)
    const closed = await app.logIn(email)
    assert.deepEqual(refusal(closed), [429, 'too-many-logins'])
    assert.equal(closed.headers['retry-after'], '200')
    assert.equal(closed.headers['ratelimit'], '"failed-logins";r=0;t=200')
    assert.equal(closed.body['retryAfterSeconds'], 200)
    app.wait(199)
    assert.equal((await app.logIn(email)).status, 429)
    app.wait(1)
  }
  assert.equal((await app.logIn('gita@example.com')).status, 200)
  assert.equal((await app.logIn('nobody-else@example.com')).status, 401)
})

test('a login that succeeds starts the count anew', async () => {
  await app.signUp('hadi@example.com')
  for (const given of [...Array(9).fill('wrong'), password, ...Array(9).fill('wrong')]) {
    await app.logIn('hadi@example.com', given)
  }
  assert.equal((await app.logIn('hadi@example.com')).status, 200)
})

test('failures of five minutes ago do not count', async () => {
  await app.signUp('ira@example.com')
  for (let failure = 1; failure <= 9; failure++) await app.logIn('ira@example.com', 'wrong')
  app.wait(300)
  await app.logIn('ira@example.com', 'wrong')
  assert.equal((await app.logIn('ira@example.com')).status, 200)
})

test('guesses sent all at once gain no more than those of one turn', async () => {
  const guesses = await Promise.all(
    Array.from({ length: 30 }, () => app.logIn('indah@example.com', 'wrong')),
  )
  const verified = guesses.filter(({ status }) => status === 401).length
  assert.ok(verified >= 10 && verified <= 13, `${verified} were verified`)
})

test('the bcrypt hash of an imported user is replaced at the first login', async () => {
  const { userId } = await app.signUp('joko@example.com')
  const imported = await bcrypt.hash(password, 4)
  const hashOf = async () => (await app.ports.users.find(userId))?.passwordHash ?? ''
  await app.pool.query('update identity.users set password_hash = $2 where id = $1', [
    userId,
    imported,
  ])
  assert.equal((await app.logIn('joko@example.com', 'wrong')).status, 401)
  assert.equal(await hashOf(), imported)
  const logins = await Promise.all([app.logIn('joko@example.com'), app.logIn('joko@example.com')])
  assert.deepEqual(
    logins.map(({ status }) => status),
    [200, 200],
  )
  assert.match(await hashOf(), /^\$argon2id\$/)
  assert.equal((await app.logIn('joko@example.com')).status, 200)
})

test('a refresh token is good for one refresh, and a second use ends the session', async () => {
  const { refreshToken: first } = await app.signUp('kiki@example.com')
  const second = await refresh(first)
  assert.equal(second.status, 200)
  assert.equal(second.headers['cache-control'], 'no-store')
  assert.notEqual(second.body['refreshToken'], first)
  app.wait(10)
  const third = await refresh(second.body['refreshToken'])
  assert.equal(third.status, 200)
  assert.deepEqual(refusal(await refresh(first)), [401, 'invalid-refresh-token'])
  const newest = await refresh(third.body['refreshToken'])
  assert.deepEqual(refusal(newest), [401, 'invalid-refresh-token'])
  assert.equal((await app.logIn('kiki@example.com')).status, 200)
})

test('two refreshes at once get the same successor and nobody is logged out', async () => {
  const { refreshToken } = await app.signUp('lina@example.com')
  const twins = await Promise.all([refresh(refreshToken), refresh(refreshToken)])
  assert.deepEqual(
    twins.map(({ status }) => status),
    [200, 200],
  )
  assert.equal(twins[0].body['refreshToken'], twins[1].body['refreshToken'])
  assert.equal((await refresh(twins[0].body['refreshToken'])).status, 200)
})

test('a session that is not refreshed for its life is over', async () => {
  const { refreshToken } = await app.signUp('maya@example.com')
  app.wait(30 * 24 * 3600)
  assert.deepEqual(refusal(await refresh(refreshToken)), [401, 'invalid-refresh-token'])
})

test('a forged refresh token is refused and ends no session', async () => {
  const { refreshToken } = await app.signUp('nina@example.com')
  const [sessionId] = refreshToken.split('.')
  for (const forged of ['', 'x', `${sessionId}.1.${'A'.repeat(43)}`, `${refreshToken}.`]) {
    assert.deepEqual(refusal(await refresh(forged)), [401, 'invalid-refresh-token'])
    assert.deepEqual(refusal(await logOut(forged)), [401, 'invalid-refresh-token'])
  }
  assert.equal((await refresh('x'.repeat(201))).status, 400)
  assert.equal((await refresh(refreshToken)).status, 200)
})

test('logging out ends this session and no other', async () => {
  const here = await app.signUp('oki@example.com')
  const there = await app.logIn('oki@example.com')
  assert.equal((await logOut(here.refreshToken)).status, 204)
  assert.deepEqual(refusal(await refresh(here.refreshToken)), [401, 'invalid-refresh-token'])
  assert.deepEqual(refusal(await logOut(here.refreshToken)), [401, 'invalid-refresh-token'])
  assert.equal((await refresh(there.body['refreshToken'])).status, 200)
})

test('a user changes name and phone, each alone', async () => {
  const { token } = await app.signUp('putri@example.com')
  const change = (body: object) => app.call('PATCH /auth/me', { token, body })
  assert.equal((await change({ name: 'Putri' })).body['name'], 'Putri')
  const { body } = await change({ phone: '0812345' })
  assert.deepEqual([body['name'], body['phone']], ['Putri', '0812345'])
  assert.equal((await change({ phone: null })).body['phone'], null)
  assert.equal((await change({})).body['name'], 'Putri')
  for (const refused of [{ name: '' }, { email: 'x@example.com' }, { roles: ['admin'] }]) {
    assert.deepEqual(refusal(await change(refused)), [400, 'invalid-request'])
  }
  const unknown = await app.ports.users.changeProfile(app.ports.newId(), { name: 'x' })
  assert.equal(unknown, undefined)
})

test('a changed password ends the other sessions only', async () => {
  const here = await app.signUp('rina@example.com')
  const there = await app.logIn('rina@example.com')
  const stranger = await app.signUp('stranger@example.com')
  const body = { currentPassword: password, newPassword: 'battery staple' }
  const changed = await app.call('POST /auth/password', { token: here.token, body })
  assert.equal(changed.status, 204)
  assert.equal((await refresh(there.body['refreshToken'])).status, 401)
  assert.equal((await refresh(here.refreshToken)).status, 200)
  assert.equal((await refresh(stranger.refreshToken)).status, 200)
  assert.equal((await app.logIn('rina@example.com')).status, 401)
  assert.equal((await app.logIn('rina@example.com', 'battery staple')).status, 200)
})

test('a password is changed only by who knows it, and it cannot be guessed here either', async () => {
  const { token } = await app.signUp('sari@example.com')
  const change = (currentPassword: string, newPassword = 'battery staple') =>
    app.call('POST /auth/password', { token, body: { currentPassword, newPassword } })
  assert.deepEqual(refusal(await change(password, 'short')), [400, 'invalid-request'])
  for (let failure = 1; failure <= 10; failure++) {
    assert.deepEqual(refusal(await change('wrong')), [403, 'wrong-password'])
  }
  const closed = await change(password)
  assert.deepEqual(refusal(closed), [429, 'too-many-logins'])
  assert.equal(closed.headers['retry-after'], '300')
  app.wait(300)
  assert.equal((await change(password)).status, 204)
})

test('of two changes of one password at once, one wins', async () => {
  const { token } = await app.signUp('tari@example.com')
  const change = (newPassword: string) =>
    app.call('POST /auth/password', { token, body: { currentPassword: password, newPassword } })
  const replies = await Promise.all([change('battery staple'), change('staple battery')])
  assert.deepEqual(sorted(replies.map(({ status }) => status)), [204, 403])
})

test('a login is decided by the password as it is when the session opens', async () => {
  const { userId } = await app.signUp('umar@example.com')
  const loginDuring = (changeTo: string) =>
    transaction(app.pool, async (client) => {
      const change = 'update identity.users set password_hash = $2 where id = $1'
      await client.query(change, [userId, await app.ports.passwords.hash(changeTo)])
      const pending = app.logIn('umar@example.com')
      await untilOneWaits()
      return { pending }
    })
  const sameInAnotherForm = await loginDuring(password)
  assert.equal((await sameInAnotherForm.pending).status, 200)
  const another = await loginDuring('battery staple')
  assert.deepEqual(refusal(await another.pending), [401, 'invalid-credentials'])
})

test('a change of password sees the session of a login that is under way', async () => {
  const user = await app.signUp('vera@example.com')
  const body = { currentPassword: password, newPassword: 'battery staple' }
  const sessionId = app.ports.newId()
  const change = await transaction(app.pool, async (client) => {
    await client.query('select from identity.users where id = $1 for share', [user.userId])
    await client.query(
      `insert into identity.sessions (id, user_id, generation, rotated_at, expires_at)
       values ($1, $2, 1, now(), now() + interval '99 years')`,
      [sessionId, user.userId],
    )
    const pending = app.call('POST /auth/password', { token: user.token, body })
    await untilOneWaits()
    return { pending }
  })
  assert.equal((await change.pending).status, 204)
  assert.ok((await app.ports.sessions.find(sessionId))?.endedAt)
})

test('a refresh does not revive a session that a change of password is ending', async () => {
  const { userId, refreshToken } = await app.signUp('wati@example.com')
  const end = 'update identity.sessions set ended_at = now() where user_id = $1'
  const refreshed = await transaction(app.pool, async (client) => {
    await client.query(end, [userId])
    const pending = refresh(refreshToken)
    await untilOneWaits()
    return { pending }
  })
  assert.deepEqual(refusal(await refreshed.pending), [401, 'invalid-refresh-token'])
})

test('what is past is forgotten: sessions that expired, failures that bar nobody', async () => {
  await app.signUp('yani@example.com')
  await app.logIn('yani@example.com', 'wrong')
  const left = async () => {
    await app.identity.tasks[0]?.run(AbortSignal.abort())
    const { rows } = await app.pool.query<{ sessions: number; failures: number }>(
      `select (select count(*) from identity.sessions where expires_at < '2050-01-01') as sessions,
              (select count(*) from identity.login_failures) as failures`,
    )
    return rows[0]
  }
  assert.notDeepEqual(await left(), { sessions: 0, failures: 0 })
  app.wait(300)
  assert.equal((await left())?.failures, 0)
  app.wait(30 * 24 * 3600)
  assert.equal((await left())?.sessions, 0)
})

async function untilOneWaits(): Promise<void> {
  const waiting = `select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  while ((await app.pool.query(waiting)).rowCount === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('when too many passwords wait to be checked, another is refused and nothing is done', async () => {
  const eka = { name: 'Eka', email: 'after-the-crowd@example.com', password }
  const { token } = await app.signUp('before-the-crowd@example.com')
  const gate = Promise.withResolvers<void>()
  const crowd = Array.from({ length: 300 }, () => app.ports.passwords.inTurn(() => gate.promise))

  const refusals = await Promise.all([
    register(eka),
    app.logIn('before-the-crowd@example.com', 'wrong'),
    app.call('POST /auth/password', {
      token,
      body: { currentPassword: password, newPassword: 'another horse' },
    }),
  ])
  for (const refused of refusals) {
    assert.deepEqual(refusal(refused), [503, 'sign-in-overloaded'])
    assert.equal(refused.headers['retry-after'], '2')
  }
  gate.resolve()
  await Promise.all(crowd)

  assert.equal(await app.ports.loginFailures.find('before-the-crowd@example.com'), undefined)
  assert.equal((await app.logIn('before-the-crowd@example.com')).status, 200)
  assert.equal((await app.logIn(eka.email)).status, 401)
  assert.equal((await register(eka)).status, 201)
})
