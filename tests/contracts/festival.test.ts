import assert from 'node:assert'
import { createHmac, randomUUID } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { verify } from '../../src/verify/verify.ts'
import { oneRequestOfStrangers } from '../support/foreign.ts'
import { selfSigned, startSmtpServer } from '../support/smtp-server.ts'
import {
  openContractWorld,
  until,
  worldKeys,
  type ContractWorld,
  type Mail,
} from '../support/contract-world.ts'

/** One world for all: the API, and a worker that leaves the queues to consumers of their own. */
let world: ContractWorld
let sari: Person
let budi: Person
let festivals: Festival[]
let stopConsumers: () => Promise<void>
before(async () => {
  world = await openContractWorld(oneRequestOfStrangers)
  await world.startWorker({ CONSUMERS: 'programs' })
  sari = await register('Sari')
  budi = await register('Budi')
  festivals = (await call<{ festivals: Festival[] }>('GET /festivals')).data.festivals
})
after(() => world[Symbol.asyncDispose]())

type Person = { name: string; email: string; token: string; refreshToken: string }
type Festival = Record<'id' | 'title' | 'description' | 'banner' | 'location', string> & {
  facilities: string[]
  refundable: boolean
  price: number
}
type Booking = {
  id: string
  user_id: string
  festival_id: string
  booking_date: string
  quantity: number
  total_price: number | null
  status: number
  created_at: string
}

type Given = { body?: unknown; token?: string; headers?: Record<string, string> }
type Answer<Data> = {
  code: number
  headers: Headers
  status: string
  message: string
  data: Data
}

/** Sends `POST /bookings` or the like; every answer but a picture is this contract's JSON. */
async function call<Data = object>(line: string, given: Given = {}): Promise<Answer<Data>> {
  const [method = '', path] = line.split(' ')
  const isRaw = typeof given.body === 'string' || given.body instanceof FormData
  const response = await fetch(`${world.url}${path}`, {
    method,
    headers: {
      ...(given.body !== undefined && !isRaw && { 'content-type': 'application/json' }),
      ...(given.token !== undefined && { authorization: `Bearer ${given.token}` }),
      ...given.headers,
    },
    ...(given.body !== undefined && {
      body: isRaw ? (given.body as string) : JSON.stringify(given.body),
    }),
  })
  assert.match(String(response.headers.get('content-type')), /^application\/json/, line)
  const { status, message, data } = (await response.json()) as Answer<Data>
  return { code: response.status, headers: response.headers, status, message, data }
}

async function succeeds<Data = object>(
  code: number,
  message: string,
  answer: Promise<Answer<Data>>,
) {
  const { headers, ...said } = await answer
  assert.deepEqual({ ...said, data: {} }, { code, status: 'success', message, data: {} })
  return { data: said.data, headers }
}

async function fails(code: number, message: string | RegExp, answer: Promise<Answer<unknown>>) {
  const { headers, ...said } = await answer
  const told = typeof message === 'string' ? message : said.message
  assert.deepEqual(said, { code, status: 'fail', message: told, data: {} })
  assert.match(said.message, message instanceof RegExp ? message : /./)
  return headers
}

const password = 'rahasia'

async function register(name: string): Promise<Person> {
  const email = `${name.toLowerCase()}-${randomUUID()}@example.test`
  await succeeds(
    201,
    'user berhasil ditambahkan',
    call('POST /users', { body: { name, email, password } }),
  )
  return { name, email, ...(await logIn(email)) }
}

async function logIn(email: string) {
  const { data } = await succeeds<Record<'accessToken' | 'refreshToken', string>>(
    201,
    'authentication berhasil',
    call('POST /authentications', { body: { email, password } }),
  )
  return { token: data.accessToken, refreshToken: data.refreshToken }
}

describe('POST /users', () => {
  const user = () => ({ name: 'Ayu', email: `${randomUUID()}@example.test`, password })

  test('201 user berhasil ditambahkan, with createdUser { id: "user-…", name, email }', async () => {
    const body = user()
    const { data } = await succeeds<{ createdUser: { id: string } }>(
      201,
      'user berhasil ditambahkan',
      call('POST /users', { body }),
    )
    const { id } = data.createdUser
    assert.match(id, /^user-[0-9a-f-]{36}$/)
    assert.deepEqual(data, { createdUser: { id, name: body.name, email: body.email } })
  })

  test('400 email sudah digunakan, whatever its case', async () => {
    const body = { ...user(), email: sari.email.toUpperCase() }
    await fails(400, 'email sudah digunakan', call('POST /users', { body }))
  })

  test('takes the address of a guest who has ordered without an account', async () => {
    const body = user()
    const { id, ticketTypes } = await v1<{ id: string; ticketTypes: { id: string }[] }>(
      `GET /v1/events/${eventOf(festivals[0])}`,
    )
    await v1('POST /v1/orders', {
      body: {
        eventId: id,
        items: [{ ticketTypeId: ticketTypes[0]?.id, quantity: 1 }],
        buyer: { name: 'Tamu', email: body.email },
      },
    })
    await succeeds(201, 'user berhasil ditambahkan', call('POST /users', { body }))
  })

  test('400 in the words of Joi, the first offending field first', async () => {
    const { name, email } = user()
    const faults: [unknown, string][] = [
      [undefined, '"name" is required'],
      [{}, '"name" is required'],
      [{ password: 1, email: 1 }, '"name" is required'],
      [{ name, password }, '"email" is required'],
      [{ name, email }, '"password" is required'],
      [{ name: 1, email, password }, '"name" must be a string'],
      [{ name: null, email, password }, '"name" must be a string'],
      [{ name: '', email, password }, '"name" is not allowed to be empty'],
      [{ name, email: 'sari', password }, '"email" must be a valid email'],
      [{ name, email: ['a@b.test'], password }, '"email" must be a string'],
      [{ name, email: '', password }, '"email" is not allowed to be empty'],
      [{ name, email, password: {} }, '"password" must be a string'],
      [{ name, email, password, role: 'admin' }, '"role" is not allowed'],
      [{ name, email, password, toString: 1 }, '"toString" is not allowed'],
      [
        { name: 'x'.repeat(101), email, password },
        '"name" length must be less than or equal to 100 characters long',
      ],
      [[], '"value" must be of type object'],
      ['"text"', '"value" must be of type object'],
    ]
    for (const [body, message] of faults) {
      const headers = { 'content-type': 'application/json' }
      await fails(400, message, call('POST /users', { body, headers }))
    }
    await succeeds(
      201,
      'user berhasil ditambahkan',
      call('POST /users', { body: { name, email, password } }),
    )
  })
})

describe('POST /authentications', () => {
  test('201 authentication berhasil, with accessToken and refreshToken', async () => {
    const { token, refreshToken } = await logIn(sari.email.toUpperCase())
    const [, claims = ''] = token.split('.')
    const { iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    assert.equal(exp - iat, 3_600, 'ACCESS_TOKEN_AGES')
    assert.notEqual(refreshToken, sari.refreshToken)
  })

  test('401 kredensial yang Anda berikan salah: an unknown e-mail, a wrong password', async () => {
    for (const body of [
      { email: 'nobody@example.test', password },
      { email: sari.email, password: 'salah' },
    ]) {
      const answer = call('POST /authentications', { body })
      await fails(401, 'kredensial yang Anda berikan salah', answer)
    }
  })

  test('400 in the words of Joi', async () => {
    const { email } = sari
    const faults: [unknown, string][] = [
      [{}, '"email" is required'],
      [{ email }, '"password" is required'],
      [{ email, password: 1 }, '"password" must be a string'],
      [{ email: 1, password }, '"email" must be a string'],
      [{ email, password, name: 'x' }, '"name" is not allowed'],
    ]
    for (const [body, message] of faults) {
      await fails(400, message, call('POST /authentications', { body }))
    }
  })

  test('429 with Retry-After once an account was guessed at too often', async () => {
    const { email } = await register('Guessed')
    const guess = () => call('POST /authentications', { body: { email, password: 'salah' } })
    const answer = await until(guess, ({ code }) => code !== 401)
    const headers = await fails(429, /terlalu banyak percobaan login/, Promise.resolve(answer))
    assert(Number(headers.get('retry-after')) > 0)
  })
})

describe('PUT /authentications', () => {
  const renew = (refreshToken: unknown) =>
    call<{ accessToken: string }>('PUT /authentications', { body: { refreshToken } })
  const message = 'authentication berhasil diperbarui'

  test('200 authentication berhasil diperbarui: the same token again and again', async () => {
    for (let times = 0; times < 3; times++) {
      const { data } = await succeeds(200, message, renew(sari.refreshToken))
      assert.deepEqual(Object.keys(data), ['accessToken'])
      const card = call('GET /users/me/id-cards', { token: data.accessToken })
      await fails(404, 'id card tidak ditemukan', card)
    }
  })

  test('a login does not invalidate earlier refresh tokens', async () => {
    const later = await logIn(sari.email)
    await succeeds(200, message, renew(sari.refreshToken))
    await succeeds(200, message, renew(later.refreshToken))
  })

  test('401 refresh token tidak valid: unknown, revoked, malformed, or an access token', async () => {
    const { refreshToken } = await logIn(sari.email)
    await call('DELETE /authentications', { body: { refreshToken } })
    const forged = sari.refreshToken.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    for (const token of [refreshToken, forged, 'abc', 'x'.repeat(5_000), sari.token]) {
      await fails(401, 'refresh token tidak valid', renew(token))
    }
  })

  test('401 for a token that rotates at /v1, which is not used up by that', async () => {
    const session = await v1<{ refreshToken: string }>('POST /v1/auth/login', {
      body: { email: sari.email, password },
    })
    await fails(401, 'refresh token tidak valid', renew(session.refreshToken))
    await v1('POST /v1/auth/refresh', { body: { refreshToken: session.refreshToken } })
  })

  test('400 in the words of Joi', async () => {
    await fails(400, '"refreshToken" is required', call('PUT /authentications', { body: {} }))
    await fails(400, '"refreshToken" must be a string', renew(1))
    await fails(400, '"refreshToken" is not allowed to be empty', renew(''))
  })
})

describe('DELETE /authentications', () => {
  const end = (refreshToken?: unknown) =>
    call('DELETE /authentications', { body: { refreshToken } })

  test('200 authentication berhasil dihapus, and the token is good for nothing more', async () => {
    const { refreshToken } = await logIn(sari.email)
    await succeeds(200, 'authentication berhasil dihapus', end(refreshToken))
    const again = call('PUT /authentications', { body: { refreshToken } })
    await fails(401, 'refresh token tidak valid', again)
  })

  test('401 refresh token tidak valid: unknown, or deleted before', async () => {
    const { refreshToken } = await logIn(sari.email)
    await end(refreshToken)
    for (const token of [refreshToken, 'abc']) {
      await fails(401, 'refresh token tidak valid', end(token))
    }
  })

  test('400 in the words of Joi', async () => {
    await fails(400, '"refreshToken" is required', end())
    await fails(400, '"refreshToken" must be a string', end(7))
  })
})

const eventOf = (festival?: Pick<Festival, 'id'>) =>
  String(festival?.id).replace('festival-', 'event-')

/** Karcis' own API, for what this contract has no word for. */
async function v1<Body>(line: string, given: Given = {}): Promise<Body> {
  const [method = '', path] = line.split(' ')
  const response = await fetch(`${world.url}${path}`, {
    method,
    headers: {
      ...(given.body !== undefined && { 'content-type': 'application/json' }),
      ...(given.token !== undefined && { authorization: `Bearer ${given.token}` }),
    },
    ...(given.body !== undefined && { body: JSON.stringify(given.body) }),
  })
  const body = (await response.json()) as Body
  assert(response.ok, `${line} ${response.status} ${JSON.stringify(body)}`)
  return body
}

const organiser = async () =>
  (
    await v1<{ accessToken: string }>('POST /v1/auth/login', {
      body: { email: 'organiser@karcis.test', password: 'karcis-demo' },
    })
  ).accessToken

/** How many tickets of a festival are left. */
async function leftOf(festival?: Pick<Festival, 'id'>): Promise<number> {
  type Availability = { ticketTypes: { available: number }[] }
  const path = `/v1/events/${eventOf(festival)}/availability`
  return Number((await v1<Availability>(`GET ${path}`)).ticketTypes[0]?.available)
}

/** A festival of an organiser; `draft` leaves it unpublished. */
async function aFestival(capacity: number, terms: object = {}, draft = false): Promise<Festival> {
  const token = await organiser()
  const made = await v1<{ id: string }>('POST /v1/events', {
    token,
    body: {
      title: 'Pesta Kecil',
      location: 'Solo',
      category: 'festival',
      startsAt: '2090-01-01T00:00:00Z',
      ticketTypes: [{ name: 'Masuk', unitPrice: 10_000, capacity }],
      ...terms,
    },
  })
  if (!draft) await v1(`POST /v1/events/${made.id}/publish`, { token })
  const id = made.id.replace('event-', 'festival-')
  await until(
    () => fetch(`${world.url}/v1/events/${made.id}/availability`),
    ({ ok }) => ok || draft,
  )
  return { id, price: 10_000 } as Festival
}

describe('GET /festivals', () => {
  test('200 list of festivals: exactly 16, each with all of its fields', async () => {
    await succeeds(200, 'list of festivals', call('GET /festivals'))
    assert.equal(festivals.length, 16)
    for (const festival of festivals) {
      assert.match(festival.id, /^festival-[0-9a-f-]{36}$/)
      const types = Object.entries(festival).map(([name, value]) => [name, typeof value])
      assert.deepEqual(Object.fromEntries(types), {
        id: 'string',
        title: 'string',
        description: 'string',
        facilities: 'object',
        refundable: 'boolean',
        banner: 'string',
        price: 'number',
        location: 'string',
      })
      assert(festival.facilities.length > 0 && festival.price > 0)
      const { ticketTypes } = await v1<{ ticketTypes: { unitPrice: number }[] }>(
        `GET /v1/events/${eventOf(festival)}`,
      )
      const prices = ticketTypes.map(({ unitPrice }) => unitPrice)
      assert.deepEqual(prices, [festival.price], 'one default ticket type')
    }
  })

  test('each has room for thousands, and a banner that is a picture', async () => {
    const banners = await Promise.all(
      festivals.map(async (festival) => {
        assert((await leftOf(festival)) >= 4_000, festival.title)
        const banner = await fetch(`${world.url}${festival.banner}`)
        assert.equal(banner.headers.get('content-type'), 'image/svg+xml', festival.banner)
        return banner.text()
      }),
    )
    assert.equal(new Set(banners).size, 16)
    assert(banners.every((banner) => banner.startsWith('<svg ')))
    const none = await fetch(`${world.url}/banners/none.svg`)
    assert.equal(none.status, 404)
  })
})

describe('GET /festivals/{id}', () => {
  test('200 festival of {id}: the same as in the list', async () => {
    for (const festival of festivals.slice(0, 3)) {
      const { id } = festival
      const answer = call<{ festival: Festival }>(`GET /festivals/${id}`)
      const { data } = await succeeds(200, `festival of ${id}`, answer)
      assert.deepEqual(data.festival, festival)
    }
  })

  test('404 festival tidak ditemukan: unknown, of another kind, unpublished, no festival', async () => {
    const concert = 'festival-01980000-0000-7000-8000-000002000017'
    const draft = await aFestival(1, {}, true)
    const ids = ['1', `festival-${randomUUID()}`, eventOf(festivals[0]), concert, draft.id]
    for (const id of [...ids, 'festival-', '%20', `${festivals[0]?.id}x`]) {
      await fails(404, 'festival tidak ditemukan', call(`GET /festivals/${id}`))
    }
  })
})

const bookingDate = '2026-12-01'
const placed = 'konfirmasi booking akan dikirimkan melalui email'
const found = 'booking berhasil ditemukan'
const notYours = 'anda tidak berhak mengakses resource ini'

async function book(who: Person, festival = festivals[0], quantity = 2): Promise<string> {
  const { data } = await succeeds<{ bookingId: string }>(
    201,
    placed,
    call('POST /bookings', {
      token: who.token,
      body: { festivalId: festival?.id, quantity, bookingDate },
    }),
  )
  return data.bookingId
}

async function read(who: Person, id: string): Promise<{ booking: Booking; source: string | null }> {
  const answer = call<{ booking: Booking }>(`GET /bookings/${id}`, { token: who.token })
  const { data, headers } = await succeeds(200, found, answer)
  return { booking: data.booking, source: headers.get('x-data-source') }
}

/** The mails about a booking, also those that know it as an order, by how their subject begins. */
async function mailsAbout(who: Person, id: string, subject: string): Promise<Mail[]> {
  const mails = await world.mailsTo(who.email)
  return mails.filter(
    (mail) => mail.text.includes(id.replace('booking-', '')) && mail.subject.startsWith(subject),
  )
}

const asksToConfirm = 'Konfirmasi booking:'
const tellsOfDeletion = 'Booking dihapus:'

/** The path of the link in the mail about a booking. */
async function linkOf(who: Person, id: string): Promise<string> {
  const mails = await until(
    () => mailsAbout(who, id, asksToConfirm),
    ({ length }) => length > 0,
  )
  const [, base, path] =
    /^(http:\S+?)(\/bookings\/confirms\/\S+)$/m.exec(mails[0]?.text ?? '') ?? []
  assert.equal(base, world.url)
  return String(path)
}

const confirm = (who: Person, link: string) =>
  call<{ booking: Booking }>(`GET ${link}`, { token: who.token })

describe('the queue booking:send_confirmation', () => {
  test('is fed by POST /bookings; while nobody consumes it nothing is computed or mailed', async () => {
    const [festival] = festivals
    const left = await leftOf(festival)
    const id = await book(sari, festival, 3)
    assert.match(id, /^booking-[0-9a-f-]{36}$/)
    assert.equal(await leftOf(festival).then((now) => now <= left), true)

    const first = await read(sari, id)
    assert.equal(first.source, 'database')
    assert.match(first.booking.created_at, /^20\d\d-\d\d-\d\dT[\d:.]+Z$/)
    assert.deepEqual(first.booking, {
      id,
      user_id: first.booking.user_id,
      festival_id: festival?.id,
      booking_date: bookingDate,
      quantity: 3,
      total_price: null,
      status: 0,
      created_at: first.booking.created_at,
    })
    assert.match(first.booking.user_id, /^user-/)
    assert.deepEqual(await read(sari, id), { ...first, source: 'cache' })
    await until(jobs, ({ length }) => length === 1)
    assert.deepEqual(await jobs(), [{ bookingId: id }])
    assert.deepEqual(await mailsAbout(sari, id, ''), [])

    const stop = await world.startConsumer('booking:send_confirmation')
    const link = await linkOf(sari, id)
    await stop()
    const consumers = await Promise.all(
      ['booking:send_confirmation', 'booking:delete'].map((queue) => world.startConsumer(queue)),
    )
    stopConsumers = async () => void (await Promise.all(consumers.map((stop) => stop())))
    assert.match(link, /^\/bookings\/confirms\/[A-Za-z0-9]{16}$/)
    const [mail] = await mailsAbout(sari, id, asksToConfirm)
    assert.match(String(mail?.text), new RegExp(`Total: Rp\\s${formatted(3 * festival!.price)}`))
    const second = await read(sari, id)
    const total_price = 3 * Number(festival?.price)
    assert.deepEqual(second, {
      booking: { ...first.booking, total_price },
      source: 'database',
    })
    assert.equal((await read(sari, id)).source, 'cache')
    assert.doesNotMatch(JSON.stringify(second), new RegExp(link.slice(-16)))
  })

  test('a message that comes again, or makes no sense, mails nobody', async () => {
    const id = await book(sari)
    const link = await linkOf(sari, id)
    const again = (data: object, type = 'confirmation.ask') =>
      world.pool.query('insert into booking.outbox (type, key, data) values ($1, $2, $3)', [
        type,
        id,
        data,
      ])
    await again({ orderId: id.replace('booking-', '') })
    await again({ orderId: 'nonsense' })
    await again({ orderId: id.replace('booking-', '') }, 'confirmation.withdraw')
    await again({ orderId: randomUUID() }, 'confirmation.withdraw')
    await until(jobs, ({ length }) => length === 0)
    await until(outboxes, (count) => count === 0)
    await until(jobs, ({ length }) => length === 0)
    assert.equal((await mailsAbout(sari, id, '')).length, 1)
    assert.equal(await linkOf(sari, id), link)
  })
})

const formatted = (amount: number) => String(amount).replace(/\B(?=(\d{3})+$)/g, '\\.')

/** What waits in the two queues. */
async function jobs(): Promise<unknown[]> {
  const { rows } = await world.pool.query<{ body: unknown }>(
    `select payload -> 'envelope' -> 'data' as body from graphile_worker._private_jobs
     where payload ->> 'module' like 'booking:%' order by id`,
  )
  return rows.map(({ body }) => body)
}

/** How many messages are under way, to whomever. */
async function deliveries(): Promise<number> {
  const { rows } = await world.pool.query<{ count: number }>(
    'select count(*)::int as count from graphile_worker._private_jobs',
  )
  return Number(rows[0]?.count) + (await outboxes())
}

async function outboxes(): Promise<number> {
  const { rows } = await world.pool.query<{ count: number }>(
    'select count(*)::int as count from booking.outbox',
  )
  return Number(rows[0]?.count)
}

describe('POST /bookings', () => {
  test('201 konfirmasi booking akan dikirimkan melalui email, with bookingId; the tickets are taken', async () => {
    const festival = await aFestival(5)
    const body = { festivalId: festival.id, quantity: 2, bookingDate }
    const headers = { 'idempotency-key': randomUUID() }
    for (let times = 0; times < 2; times++) {
      const answer = call<{ bookingId: string }>('POST /bookings', {
        token: sari.token,
        body,
        headers,
      })
      const { data } = await succeeds(201, placed, answer)
      assert.deepEqual(Object.keys(data), ['bookingId'])
      assert.match(data.bookingId, /^booking-[0-9a-f-]{36}$/)
      assert.equal(await takenOf(festival), 2)
    }
  })

  test('400 festival tidak valid: unknown, another kind of id, no festival, cancelled', async () => {
    const cancelled = await aFestival(5)
    await v1(`POST /v1/events/${eventOf(cancelled)}/cancel`, { token: await organiser(), body: {} })
    const concert = 'festival-01980000-0000-7000-8000-000002000017'
    const ids = [`festival-${randomUUID()}`, eventOf(festivals[0]), 'x', concert, cancelled.id]
    for (const festivalId of ids) {
      const body = { festivalId, quantity: 1, bookingDate }
      const answer = call('POST /bookings', { token: sari.token, body })
      await fails(400, 'festival tidak valid', answer)
    }
  })

  test('400 tiket tidak mencukupi: all are taken, or fewer are left; nothing is kept', async () => {
    const small = await aFestival(3)
    const bookMany = (quantity: number) =>
      call('POST /bookings', {
        token: sari.token,
        body: { festivalId: small.id, quantity, bookingDate },
      })
    await fails(400, 'tiket tidak mencukupi', bookMany(4))
    await book(sari, small, 2)
    await fails(400, 'tiket tidak mencukupi', bookMany(2))
    await book(budi, small, 1)
    await fails(400, 'tiket tidak mencukupi', bookMany(1))
    for (const quantity of [2 ** 31, 2 ** 53 - 1]) {
      await fails(400, 'tiket tidak mencukupi', bookMany(quantity))
    }
    assert.equal(await takenOf(small), 3)
  })

  test('400 in the words of Joi, the first offending field first; nothing is kept', async () => {
    const festivalId = festivals[1]?.id
    const good = { festivalId, quantity: 1, bookingDate }
    const faults: [unknown, string][] = [
      [{}, '"festivalId" is required'],
      [{ quantity: 0, bookingDate: 1 }, '"festivalId" is required'],
      [{ ...good, festivalId: 1 }, '"festivalId" must be a string'],
      [{ ...good, festivalId: '' }, '"festivalId" is not allowed to be empty'],
      [{ festivalId, bookingDate }, '"quantity" is required'],
      [{ ...good, quantity: 'dua' }, '"quantity" must be a number'],
      [{ ...good, quantity: '2' }, '"quantity" must be a number'],
      [{ ...good, quantity: null }, '"quantity" must be a number'],
      [{ ...good, quantity: [1] }, '"quantity" must be a number'],
      [{ ...good, quantity: 0 }, '"quantity" must be greater than or equal to 1'],
      [{ ...good, quantity: -5 }, '"quantity" must be greater than or equal to 1'],
      [{ ...good, quantity: 1.5 }, '"quantity" must be an integer'],
      [{ ...good, quantity: 1e300 }, '"quantity" must be a safe number'],
      [{ festivalId, quantity: 1 }, '"bookingDate" is required'],
      [{ ...good, userId: 'x' }, '"userId" is not allowed'],
    ]
    const dates = [
      'kemarin',
      '01-12-2026',
      '2026-13-01',
      '2026-02-30',
      '',
      1,
      null,
      '2026-12-01T25:00',
    ]
    for (const wrong of dates) {
      const body = { ...good, bookingDate: wrong }
      faults.push([body, '"bookingDate" must be in ISO 8601 date format'])
    }
    for (const [body, message] of faults) {
      await fails(400, message, call('POST /bookings', { token: sari.token, body }))
    }
    const infinite = `{"festivalId":"${festivalId}","quantity":1e400,"bookingDate":"${bookingDate}"}`
    const raw = { body: infinite, headers: { 'content-type': 'application/json' } }
    await fails(
      400,
      '"quantity" cannot be infinity',
      call('POST /bookings', { token: sari.token, ...raw }),
    )
    assert.equal(await takenOf(festivals[1]), 0)
  })

  test('the day is told back as it was told', async () => {
    for (const day of ['2026-12-01', '2026-12-01T10:00:00.000Z', '2026-12-01T10:00+0700']) {
      const body = { festivalId: festivals[2]?.id, quantity: 1, bookingDate: day }
      const answer = call<{ bookingId: string }>('POST /bookings', { token: sari.token, body })
      const { data } = await succeeds(201, placed, answer)
      assert.equal((await read(sari, data.bookingId)).booking.booking_date, day)
    }
  })

  test('cannot be had at /v1: nobody is offered to confirm instead of paying', async () => {
    const { methods } = await v1<{ methods: { method: string }[] }>('GET /v1/payment-methods')
    assert.deepEqual(
      methods.filter(({ method }) => method === 'confirmation'),
      [],
    )
    const { ticketTypes } = await v1<{ ticketTypes: { id: string }[] }>(
      `GET /v1/events/${eventOf(festivals[0])}`,
    )
    const items = [{ ticketTypeId: ticketTypes[0]?.id, quantity: 1 }]
    for (const payment of [{ method: 'confirmation' }, 'confirmation']) {
      const { status } = await fetch(`${world.url}/v1/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${sari.token}` },
        body: JSON.stringify({ eventId: eventOf(festivals[0]), items, payment }),
      })
      assert(status === 400 || status === 422, String(status))
    }
  })
})

/** How many tickets of a festival live orders hold. */
async function takenOf(festival?: Pick<Festival, 'id'>): Promise<number> {
  const { rows } = await world.pool.query<{ taken: number }>(
    'select taken from booking.stock where event_id = $1',
    [festival?.id.replace('festival-', '')],
  )
  return Number(rows[0]?.taken)
}

describe('GET /bookings/confirms/{confirmationCode}', () => {
  test('200 data.booking with status 1; a second visit answers the same; the e-ticket comes', async () => {
    const id = await book(sari)
    const link = await linkOf(sari, id)
    const first = await confirm(sari, link)
    assert.deepEqual([first.code, first.status], [200, 'success'])
    assert.deepEqual(Object.keys(first.data), ['booking'])
    assert.deepEqual(first.data.booking, {
      ...(await read(sari, id)).booking,
      status: 1,
      total_price: 2 * Number(festivals[0]?.price),
    })
    const second = await confirm(sari, link)
    assert.deepEqual([second.code, second.data], [200, first.data])
    await until(
      () => mailsAbout(sari, id, 'E-tiket Anda:'),
      ({ length }) => length === 1,
    )
    assert.equal((await mailsAbout(sari, id, '')).length, 2, 'nothing else is mailed')
  })

  test('the first read after a confirmation is from the database, the next from the cache', async () => {
    const id = await book(sari)
    const link = await linkOf(sari, id)
    const sources: (string | null)[] = []
    const look = async () => sources.push((await read(sari, id)).source)
    await look()
    await look()
    await confirm(sari, link)
    await look()
    await look()
    assert.deepEqual(sources, ['database', 'cache', 'database', 'cache'])
    assert.equal((await read(sari, id)).booking.status, 1)
  })

  test('403 for another user, who confirms nothing, and for an unknown code', async () => {
    const id = await book(sari)
    const link = await linkOf(sari, id)
    await fails(403, notYours, confirm(budi, link))
    assert.equal((await read(sari, id)).booking.status, 0)
    for (const code of ['x', 'A'.repeat(16), id, '%20', "'--"]) {
      await fails(403, notYours, confirm(sari, `/bookings/confirms/${code}`))
    }
  })

  test('the link is good for CONFIRMATION_HOLD_HOURS (24)', async () => {
    const id = await book(sari)
    await linkOf(sari, id)
    const { expiresInSeconds } = await v1<{ expiresInSeconds: number }>(
      `GET /v1/orders/${id.replace('booking-', 'order-')}`,
      { token: sari.token },
    )
    assert(Math.abs(expiresInSeconds - 24 * 3_600) < 60, `${expiresInSeconds} s`)
  })

  test('400 booking sudah kedaluwarsa once its hours are over; the booking has status -1', async () => {
    const festival = await aFestival(5)
    const id = await book(sari, festival)
    const link = await linkOf(sari, id)
    await runsOut(id)
    assert.equal((await read(sari, id)).booking.status, -1)
    for (let times = 0; times < 2; times++) {
      await fails(400, 'booking sudah kedaluwarsa', confirm(sari, link))
    }
    await until(
      () => takenOf(festival),
      (taken) => taken === 0,
    )
    assert.equal((await read(sari, id)).booking.status, -1)
    await fails(400, 'booking sudah kedaluwarsa', confirm(sari, link))
  })

  test('400 for a booking that was deleted', async () => {
    const id = await book(sari)
    const link = await linkOf(sari, id)
    await call(`DELETE /bookings/${id}`, { token: sari.token })
    await fails(400, 'booking sudah kedaluwarsa', confirm(sari, link))
    assert.equal((await read(sari, id)).booking.status, -1)
  })

  test('asking only for the headers confirms nothing', async () => {
    const id = await book(sari)
    const link = await linkOf(sari, id)
    const headers = { authorization: `Bearer ${sari.token}` }
    await fetch(`${world.url}${link}`, { method: 'HEAD', headers })
    assert.equal((await read(sari, id)).booking.status, 0)
  })

  test('all who open the link at once are told the same', async () => {
    const id = await book(sari)
    const link = await linkOf(sari, id)
    const answers = await Promise.all(Array.from({ length: 8 }, () => confirm(sari, link)))
    assert.deepEqual([...new Set(answers.map(({ code }) => code))], [200])
    assert.equal((await read(sari, id)).booking.status, 1)
  })
})

/** Lets the hours pass that a booking has. */
async function runsOut(id: string): Promise<void> {
  const orderId = id.replace('booking-', '')
  for (const sql of [
    'update booking.orders set expires_at = clock_timestamp() where id = $1',
    'update payment.confirmations set expires_at = clock_timestamp() where order_id = $1',
  ]) {
    await world.pool.query(sql, [orderId])
  }
}

describe('GET /bookings/{id}', () => {
  test('200 booking berhasil ditemukan, X-Data-Source: database on the first read after a change, then cache', async () => {
    const id = await book(sari)
    await linkOf(sari, id)
    const first = await read(sari, id)
    assert.deepEqual(first, {
      booking: {
        id,
        user_id: first.booking.user_id,
        festival_id: festivals[0]?.id,
        booking_date: bookingDate,
        quantity: 2,
        total_price: 2 * Number(festivals[0]?.price),
        status: 0,
        created_at: first.booking.created_at,
      },
      source: 'database',
    })
    for (let times = 0; times < 2; times++) {
      assert.deepEqual(await read(sari, id), { ...first, source: 'cache' })
    }
    await call(`DELETE /bookings/${id}`, { token: sari.token })
    const changed = { ...first.booking, status: -1 }
    assert.deepEqual(await read(sari, id), { booking: changed, source: 'database' })
    assert.deepEqual(await read(sari, id), { booking: changed, source: 'cache' })
  })

  test('403 for another user, for an unknown booking and for another kind of id', async () => {
    const id = await book(sari)
    await read(sari, id)
    const ids = [id, `booking-${randomUUID()}`, id.replace('booking-', 'order-'), 'x', '%20']
    for (const one of ids) {
      await fails(403, notYours, call(`GET /bookings/${one}`, { token: budi.token }))
    }
  })

  test('403 for an order that was placed at /v1, though it is the same user’s', async () => {
    const { ticketTypes } = await v1<{ ticketTypes: { id: string }[] }>(
      `GET /v1/events/${eventOf(festivals[0])}`,
    )
    const order = await v1<{ id: string }>('POST /v1/orders', {
      token: sari.token,
      body: {
        eventId: eventOf(festivals[0]),
        items: [{ ticketTypeId: ticketTypes[0]?.id, quantity: 1 }],
      },
    })
    const path = `/bookings/${order.id.replace('order-', 'booking-')}`
    await fails(403, notYours, call(`GET ${path}`, { token: sari.token }))
    await fails(403, notYours, call(`DELETE ${path}`, { token: sari.token }))
  })
})

describe('DELETE /bookings/{id} and the queue booking:delete', () => {
  const remove = (who: Person, id: string) => call(`DELETE /bookings/${id}`, { token: who.token })
  const deleted = 'booking berhasil dihapus'

  test('200 booking berhasil dihapus: status -1, the tickets are free, one notice is mailed', async () => {
    const festival = await aFestival(5)
    const id = await book(sari, festival)
    await linkOf(sari, id)
    await read(sari, id)
    await succeeds(200, deleted, remove(sari, id))
    const seen = [await read(sari, id), await read(sari, id)]
    assert.deepEqual(
      seen.map(({ booking, source }) => [booking.status, source]),
      [
        [-1, 'database'],
        [-1, 'cache'],
      ],
    )
    assert.equal(await takenOf(festival), 0)
    await succeeds(200, deleted, remove(sari, id))
    await until(
      () => mailsAbout(sari, id, tellsOfDeletion),
      ({ length }) => length === 1,
    )
    await until(deliveries, (count) => count === 0)
    assert.equal((await mailsAbout(sari, id, '')).length, 2, 'nothing else is mailed')
  })

  test('200 also once confirmed, whatever the festival says of refunds', async () => {
    for (const refundable of [true, false]) {
      const festival = await aFestival(5, { refundable })
      const id = await book(budi, festival)
      await confirm(budi, await linkOf(budi, id))
      await succeeds(200, deleted, remove(budi, id))
      assert.equal((await read(budi, id)).booking.status, -1)
      assert.equal(await takenOf(festival), 0)
    }
  })

  test('403 for another user and for an unknown booking; nothing is deleted', async () => {
    const id = await book(sari)
    for (const one of [id, `booking-${randomUUID()}`, 'x']) {
      await fails(403, notYours, remove(budi, one))
    }
    assert.equal((await read(sari, id)).booking.status, 0)
  })

  test('of a booking that is being confirmed leaves it deleted, and no ticket taken', async () => {
    const festival = await aFestival(20)
    const ids = await Promise.all(Array.from({ length: 6 }, () => book(budi, festival)))
    const links = await Promise.all(ids.map((id) => linkOf(budi, id)))
    const outcomes = await Promise.all(
      ids.flatMap((id, i) => [remove(budi, id), confirm(budi, String(links[i]))]),
    )
    const codes = new Set(outcomes.map(({ code }) => code))
    assert.deepEqual(
      [...codes].filter((code) => code !== 200 && code !== 400),
      [],
    )
    for (const id of ids) assert.equal((await read(budi, id)).booking.status, -1)
    assert.equal(await takenOf(festival), 0)
  })

  test('mails in English to who asks for English', async () => {
    const body = { festivalId: festivals[0]?.id, quantity: 1, bookingDate }
    const headers = { 'accept-language': 'en-GB, id;q=0.5' }
    const answer = call<{ bookingId: string }>('POST /bookings', {
      token: sari.token,
      body,
      headers,
    })
    const { data } = await succeeds(201, placed, answer)
    await until(
      () => mailsAbout(sari, data.bookingId, 'Confirm your booking:'),
      ({ length }) => length === 1,
    )
    await remove(sari, data.bookingId)
    await until(
      () => mailsAbout(sari, data.bookingId, 'Booking deleted:'),
      ({ length }) => length === 1,
    )
  })
})

describe('npm run start:confirmation and npm run start:deletion', () => {
  const certificate = selfSigned()
  const account = { user: 'karcis', password: 'geheim', ...(certificate && { certificate }) }

  /** A consumer as a program of its own, beside the world. */
  function startProgram(queue: string, smtpPort: number) {
    const script = path.resolve(import.meta.dirname, '../../src/commands/consume.ts')
    const child = spawn(process.execPath, [script, queue], {
      env: {
        PATH: '/usr/bin:/bin',
        DATABASE_URL: world.databaseUrl,
        APPLICATION_PUBLIC_URL: world.url,
        SMTP_HOST: '127.0.0.1',
        SMTP_PORT: String(smtpPort),
        SMTP_USER: account.user,
        SMTP_PASSWORD: account.password,
        LOG_LEVEL: 'error',
        ...worldKeys,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let errors = ''
    child.stderr.on('data', (chunk) => (errors += chunk))
    const stop = async () => {
      child.kill('SIGTERM')
      const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
      assert.deepEqual({ code, errors }, { code: 0, errors: '' })
    }
    return { child, stop }
  }

  /** Makes the bus try again now what it would try again in a while. */
  const retry = () =>
    world.pool.query(
      `update graphile_worker._private_jobs set run_at = now() where locked_at is null`,
    )

  test('lose nothing while the mail server is down, and mail each once, encrypted', async (t) => {
    await until(jobs, ({ length }) => length === 0)
    await stopConsumers()
    const down = await startSmtpServer(account)
    await down.stop()
    const programs = ['booking:send_confirmation', 'booking:delete'].map((queue) =>
      startProgram(queue, down.port),
    )
    t.after(() => Promise.all(programs.map((program) => program.child.kill('SIGKILL'))))

    const id = await book(budi)
    await until(failures, (count) => count > 0)
    assert.equal((await read(budi, id)).booking.total_price, 2 * Number(festivals[0]?.price))
    const server = await startSmtpServer(account, down.port)
    t.after(() => server.stop())
    const subjects = () =>
      server.received.map(({ data }) => /^Subject: ([^\r]*)/m.exec(data)?.[1] ?? '')
    await until(
      async () => (await retry(), subjects()),
      ({ length }) => length > 0,
    )
    const [mail] = server.received
    assert.deepEqual([mail?.to, mail?.secured], [[budi.email], certificate !== undefined])
    const text = String(mail?.data).replaceAll('=\r\n', '')
    const [link = ''] = /\/bookings\/confirms\/[A-Za-z0-9]{16}/.exec(text) ?? []
    assert.equal((await confirm(budi, link)).data.booking.status, 1)

    await call(`DELETE /bookings/${id}`, { token: budi.token })
    await until(
      async () => subjects(),
      ({ length }) => length > 1,
    )
    await until(jobs, ({ length }) => length === 0)
    await Promise.all(programs.map((program) => program.stop()))
    assert.deepEqual(
      subjects().map((subject) => subject.split(':')[0]),
      ['Konfirmasi booking', 'Booking dihapus'],
    )
  })

  test('refuse a queue that there is not', async () => {
    const script = path.resolve(import.meta.dirname, '../../src/commands/consume.ts')
    const env = { PATH: '/usr/bin:/bin', DATABASE_URL: world.databaseUrl, ...worldKeys }
    const child = spawn(process.execPath, [script, 'booking:none'], { env, stdio: 'ignore' })
    const [code] = await once(child, 'exit')
    assert.equal(code, 2)
  })
})

/** How often a mail could not be handed over. */
async function failures(): Promise<number> {
  const { rows } = await world.pool.query<{ count: number }>(
    "select count(*)::int as count from notification.mails where status = 'failed'",
  )
  return Number(rows[0]?.count)
}

const pictures = {
  'image/png': Buffer.from('\x89PNG\r\n\x1a\n picture', 'latin1'),
  'image/jpeg': Buffer.from('\xff\xd8\xff\xe0 picture', 'latin1'),
  'image/webp': Buffer.from('RIFF\x24\0\0\0WEBPVP8 picture', 'latin1'),
}

function upload(who: Person, content: Uint8Array, type: string, field = 'images') {
  const body = new FormData()
  body.append('note', 'text beside the picture')
  body.append(field, new Blob([content as Uint8Array<ArrayBuffer>], { type }), 'card')
  return call('PATCH /users/me/id-cards', { token: who.token, body })
}

const card = (who: Person) =>
  fetch(`${world.url}/users/me/id-cards`, { headers: { authorization: `Bearer ${who.token}` } })

describe('PATCH and GET /users/me/id-cards', () => {
  const kept = 'id card berhasil diperbarui'

  test('404 id card tidak ditemukan, as JSON, for who has none', async () => {
    const answer = call('GET /users/me/id-cards', { token: budi.token })
    await fails(404, 'id card tidak ditemukan', answer)
  })

  for (const [type, content] of Object.entries(pictures)) {
    test(`200 id card berhasil diperbarui: ${type}, shown again with its content type`, async () => {
      await succeeds(200, kept, upload(sari, content, type))
      const shown = await card(sari)
      assert.equal(shown.status, 200)
      assert.deepEqual(Buffer.from(await shown.arrayBuffer()), content)
      const headers = Object.fromEntries(
        ['content-type', 'x-content-type-options', 'cache-control', 'content-disposition'].map(
          (name) => [name, shown.headers.get(name)],
        ),
      )
      assert.deepEqual(headers, {
        'content-type': type,
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
        'content-disposition': `inline; filename="id-card.${type.slice(6)}"`,
      })
    })
  }

  test('one is kept per user: of the one before nothing is left', async () => {
    const { rows } = await world.pool.query('select content_type from identity.id_cards')
    assert.deepEqual(rows, [{ content_type: 'image/webp' }])
  })

  test('400 with content-type: another type, or a picture that is none; the old one stays', async () => {
    const wrong: [Buffer, string][] = [
      [Buffer.from('just text'), 'text/plain'],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'],
      [Buffer.from('GIF89a'), 'image/gif'],
      [Buffer.from('just text'), 'image/png'],
      [Buffer.from('<html>'), 'image/jpeg'],
      [Buffer.alloc(0), 'image/png'],
      [pictures['image/png'], 'text/html'],
    ]
    for (const [content, type] of wrong) {
      await fails(400, /content-type/, upload(sari, content, type))
    }
    assert.deepEqual(Buffer.from(await (await card(sari)).arrayBuffer()), pictures['image/webp'])
  })

  test('400 without the field, 413 for one too large, 415 for what is no form', async () => {
    const { token } = sari
    const png = pictures['image/png']
    await fails(400, '"images" is required', upload(sari, png, 'image/png', 'picture'))
    const large = Buffer.concat([png, Buffer.alloc(10_000_000)])
    await fails(413, 'ukuran payload terlalu besar', upload(sari, large, 'image/png'))
    const line = 'PATCH /users/me/id-cards'
    await fails(415, 'content-type tidak didukung', call(line, { token, body: { images: 'x' } }))
    await fails(415, 'content-type tidak didukung', call(line, { token }))
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    for (const body of [
      '',
      'x',
      '--x\r\ncontent-disposition: form-data; name="images"; filename="a"\r\n',
    ]) {
      await fails(400, /./, call(line, { token, headers, body }))
    }
    const without = { 'content-type': 'multipart/form-data' }
    await fails(400, /./, call(line, { token, headers: without, body: 'x' }))
    assert.deepEqual(Buffer.from(await (await card(sari)).arrayBuffer()), pictures['image/webp'])
  })
})

const signedIn = [
  'POST /bookings',
  'GET /bookings/confirms/x',
  'GET /bookings/x',
  'DELETE /bookings/x',
  'PATCH /users/me/id-cards',
  'GET /users/me/id-cards',
]

describe('JWT', () => {
  for (const line of signedIn) {
    test(`401 at ${line}: missing, forged, expired, of another kind`, async () => {
      for (const given of badCredentials()) await fails(401, /access token/, call(line, given))
    })
  }

  test('lets in who shows a token as the program signs it', async () => {
    await fails(403, notYours, call('GET /bookings/x', { token: tokens().genuine }))
  })
})

/** A token signed here as the program signs, and others that it must not take. */
function tokens() {
  const [head = '', claims = ''] = sari.token.split('.')
  const read = JSON.parse(Buffer.from(claims, 'base64url').toString())
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = (payload: object, key = worldKeys.ACCESS_TOKEN_KEY) => {
    const text = `${head}.${encode(payload)}`
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
  }
  return {
    genuine: signed(read),
    bad: [
      'x',
      signed({ ...read, exp: read.iat - 1, iat: read.iat - 3_600 }),
      signed(read, 'another key of 32 characters....'),
      `${encode({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
      sari.refreshToken,
    ],
  }
}

const badCredentials = (): Given[] => [
  {},
  ...tokens().bad.map((token) => ({ token })),
  { headers: { authorization: `Basic ${sari.token}` } },
  { headers: { 'x-api-key': 'karcis_x' } },
]

describe('in this contract’s words', () => {
  const withBody = ['POST /users', 'POST /authentications', 'PUT /authentications'].concat(
    'DELETE /authentications',
    'POST /bookings',
  )

  test('400: what is no JSON', async () => {
    for (const line of withBody) {
      for (const body of ['{', '{"a":}', 'x', '{"a":"\\u0000"}', '{"__proto__":{}}']) {
        const headers = { 'content-type': 'application/json' }
        await fails(400, /./, call(line, { token: sari.token, headers, body }))
      }
    }
  })

  test('413: ten megabytes', async () => {
    for (const line of withBody) {
      const headers = { 'content-type': 'application/json' }
      const given = { token: sari.token, headers, body: `"${'x'.repeat(10_000_000)}"` }
      // Who is still writing when the connection is closed may not get to read the answer.
      const answer = call(line, given).catch((error: Error) => error)
      if ((await answer) instanceof Error) continue
      await fails(413, 'ukuran payload terlalu besar', answer as ReturnType<typeof call>)
    }
  })

  test('415: another content type', async () => {
    for (const line of withBody) {
      for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
        const given = { token: sari.token, headers: { 'content-type': type }, body: 'a=b' }
        await fails(415, 'content-type tidak didukung', call(line, given))
      }
      const body = new FormData()
      await fails(415, 'content-type tidak didukung', call(line, { token: sari.token, body }))
    }
  })

  test('404: no such path, or one that cannot be read', async () => {
    const paths = [
      '/users/x',
      '/festivals/a/b',
      '/festivals/',
      '/bookings/a/b',
      '/users/me',
    ].concat(
      '/festivals/%00',
      '/festivals/%ff',
      `/bookings/${'x'.repeat(300)}`,
      '/authentications/x',
    )
    for (const path of paths) {
      for (const token of [sari.token, 'x']) {
        await fails(404, /tidak ditemukan/, call(`GET ${path}`, { token }))
      }
    }
  })

  test('405: another method, with those that are allowed', async () => {
    const allowed: Record<string, string> = {
      'GET /users': 'POST',
      'PATCH /authentications': 'POST, PUT, DELETE',
      'POST /festivals': 'GET',
      'DELETE /festivals/x': 'GET',
      'PUT /bookings': 'POST',
      'POST /bookings/confirms/x': 'GET',
      'PATCH /bookings/x': 'GET, DELETE',
      'POST /users/me/id-cards': 'PATCH, GET',
    }
    for (const [line, methods] of Object.entries(allowed)) {
      const headers = await fails(405, 'metode tidak didukung', call(line))
      assert.equal(headers.get('allow'), methods)
    }
  })

  test('429 to an address that asks too often', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    await succeeds(200, 'list of festivals', call('GET /festivals', { headers }))
    for (const line of ['GET /festivals', 'POST /users', 'GET /bookings/x', 'PUT /users']) {
      const told = await fails(429, /terlalu banyak permintaan/, call(line, { headers }))
      assert(Number(told.get('retry-after')) > 0)
    }
  })

  test('500 for a defect and 503 for an outage, without a detail of it', async () => {
    await world.pool.query(`create function fail_it() returns trigger language plpgsql as $$
      begin raise exception 'secret detail' using errcode = tg_argv[0]; end $$`)
    const answers: Record<string, [number, string]> = {
      XX000: [500, 'terjadi kegagalan pada server kami'],
      53300: [503, 'server kami sedang sibuk, silakan coba lagi nanti'],
    }
    for (const [state, [code, message]] of Object.entries(answers)) {
      await world.pool.query(`create trigger fail_it before insert on identity.users
        for each row execute function fail_it('${state}')`)
      const body = { name: 'Ayu', email: `${randomUUID()}@example.test`, password }
      const response = await fetch(`${world.url}/users`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      await world.pool.query('drop trigger fail_it on identity.users')
      assert.equal(response.status, code)
      assert.deepEqual(await response.json(), { status: 'error', message })
      assert.equal(response.headers.get('retry-after'), code === 503 ? '2' : null)
    }
  })
})

test('every promise is kept after all this, and no message waits or is parked', async () => {
  await until(outboxes, (count) => count === 0)
  const verdict = await until(
    () => verify(world.pool),
    ({ kept }) => kept,
  )
  assert(verdict.counts.tickets > 0)
  assert.equal(verdict.waiting.count, 0)
})
