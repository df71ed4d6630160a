import assert from 'node:assert'
import { createHmac, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import {
  absurdBodies,
  ask,
  having,
  oneRequestOfStrangers,
  type ForeignAnswer,
} from '../support/foreign.ts'
import {
  follow,
  openShop,
  payAt,
  until,
  verified,
  type Caller,
  type Shop,
} from '../support/shop.ts'

const password = 'rahasia sekali'

let shop: Shop
let admin: Caller
let buyer: Caller
let stranger: Caller
before(async () => {
  shop = await openShop({ CONTRACTS: 'services', ...oneRequestOfStrangers })
  admin = await loggedIn('admin@karcis.test', 'karcis-demo')
  buyer = await newBuyer()
  stranger = await newBuyer()
})
after(() => shop[Symbol.asyncDispose]())

async function loggedIn(email: string, secret = password): Promise<Caller> {
  const { body } = await ask(shop.nobody, 'POST /login', { email, password: secret })
  return { url: shop.url, headers: { authorization: `Bearer ${body.data.accessToken}` } }
}
const newEmail = () => `${randomUUID()}@example.test`
async function newBuyer(email = newEmail()): Promise<Caller> {
  const registered = await ask(shop.nobody, 'POST /register', { name: 'Sari', email, password })
  assert.equal(registered.status, 201)
  return loggedIn(email)
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
const terms = () => ({
  title: `Malam ${randomUUID()}`,
  description: 'Di bawah bintang.',
  location: 'Yogyakarta',
  startsAt: inDays(30),
  capacity: 5,
  price: 75_000,
})
async function newEvent(changes: object = {}) {
  const { status, body } = await ask(admin, 'POST /event/create', { ...terms(), ...changes })
  assert.equal(status, 201, JSON.stringify(body))
  return body.data.event
}
const book = (event: { id: string }, wish: object = {}, caller = buyer, headers = {}) =>
  ask(caller, 'POST /booking/create', { eventId: event.id, quantity: 1, ...wish }, headers)
async function booked(event: { id: string }, wish: object = {}) {
  const { status, body } = await book(event, wish)
  assert.equal(status, 201, JSON.stringify(body))
  return body.data.booking
}
const cancel = (bookingId: string, caller = buyer) =>
  ask(caller, 'POST /booking/cancel', { bookingId })
const process_ = (bookingId: string, more: object = {}, caller = buyer) =>
  ask(caller, 'POST /payment/process', { bookingId, method: 'invoice', ...more })
const statusOf = (bookingId: string, caller = buyer) =>
  ask(caller, `GET /payment/status?bookingId=${bookingId}`)
async function listed(query: string) {
  return (await ask(shop.nobody, `GET /events?${query}`)).body
}
const availableOf = async ({ title }: { title: string }) =>
  (await listed(`q=${encodeURIComponent(title)}`)).data.events[0]?.available
async function paid(event: { id: string }) {
  const { id } = await booked(event)
  const { body } = await process_(id)
  await payAt(body.data.payment.checkoutUrl)
  await until(
    () => statusOf(id),
    ({ body }) => body.data.payment.status === 'PAID',
  )
  return id
}

/** Every refusal has this shape, and nothing else. */
function refused({ status, body }: ForeignAnswer, expected: string, what = ''): void {
  assert.equal(`${status} ${body?.error?.code}`, expected, `${what} ${JSON.stringify(body)}`)
  assert.deepEqual(Object.keys(body), ['error'], what)
  assert.deepEqual(Object.keys(body.error).sort(), ['code', 'message'], what)
  assert.ok(body.error.message.length > 0, what)
}

test('POST /register: 201 data.user; 409 for an address that is taken, whatever its case', async () => {
  const email = newEmail()
  const account = { name: 'Budi', email, password, phone: '+62 811 222 333' }
  const { status, body } = await ask(shop.nobody, 'POST /register', account)
  assert.equal(status, 201)
  const { id, createdAt, ...user } = body.data.user
  assert.match(id, /^user-/)
  assert.ok(Date.parse(createdAt) <= Date.now())
  assert.deepEqual(user, { name: 'Budi', email, phone: '+62 811 222 333' })
  for (const again of [email, email.toUpperCase()]) {
    refused(
      await ask(shop.nobody, 'POST /register', { ...account, email: again }),
      '409 EMAIL_TAKEN',
    )
  }
})

test('POST /login: 200 with both tokens; 401 for a wrong password and for nobody', async () => {
  const email = newEmail()
  await newBuyer(email)
  const good = await ask(shop.nobody, 'POST /login', { email: email.toUpperCase(), password })
  assert.equal(good.status, 200)
  assert.deepEqual(Object.keys(good.body.data).sort(), ['accessToken', 'refreshToken'])
  const bad = { email, password: 'x' }
  refused(await ask(shop.nobody, 'POST /login', bad), '401 INVALID_CREDENTIALS')
  const nobody = { email: newEmail(), password }
  refused(await ask(shop.nobody, 'POST /login', nobody), '401 INVALID_CREDENTIALS')
})

test('GET /profile: data.user; PUT or POST /profile/update changes name and phone', async () => {
  const me = await newBuyer()
  const { status, body } = await ask(me, 'GET /profile')
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body.data.user).sort(), [
    'createdAt',
    'email',
    'id',
    'name',
    'phone',
  ])
  const named = await ask(me, 'PUT /profile/update', { name: 'Sari Dewi' })
  assert.equal(named.status, 200)
  const phoned = await ask(me, 'POST /profile/update', { phone: '0812 345 678' })
  const { name, phone } = phoned.body.data.user
  assert.deepEqual({ name, phone }, { name: 'Sari Dewi', phone: '0812 345 678' })
})

test('PUT /profile/update: a new password needs the current one', async () => {
  const email = newEmail()
  const me = await newBuyer(email)
  const change = { password: 'lebih rahasia', name: 'Lain' }
  refused(await ask(me, 'PUT /profile/update', change), '400 INVALID_REQUEST')
  const wrong = { ...change, currentPassword: 'bukan ini' }
  refused(await ask(me, 'PUT /profile/update', wrong), '403 WRONG_PASSWORD')
  assert.equal((await ask(me, 'GET /profile')).body.data.user.name, 'Sari')
  const right = await ask(me, 'PUT /profile/update', { ...change, currentPassword: password })
  assert.equal(right.status, 200)
  refused(await ask(shop.nobody, 'POST /login', { email, password }), '401 INVALID_CREDENTIALS')
  const again = await ask(shop.nobody, 'POST /login', { email, password: change.password })
  assert.equal(again.status, 200)
})

test('POST /event/create: 201 data.event, which makes its seats Seat-1 … in one go', async () => {
  const event = await newEvent({ capacity: 3 })
  assert.equal(event.available, 3)
  assert.equal(event.capacity, 3)
  assert.equal(event.numbered, true)
  assert.equal(event.price, 75_000)
  const { seats, total } = await booked(event, { quantity: 3 })
  assert.deepEqual(seats, ['Seat-1', 'Seat-2', 'Seat-3'])
  assert.equal(total, 225_000)
  const plain = await newEvent({ numbered: false })
  assert.deepEqual((await booked(plain)).seats, [])

  // The same request under its key is the same event; another one is not.
  const key = { 'idempotency-key': randomUUID() }
  const wish = terms()
  const first = await ask(admin, 'POST /event/create', wish, key)
  const second = await ask(admin, 'POST /event/create', wish, key)
  assert.equal(second.body.data.event.id, first.body.data.event.id)
  const other = { ...wish, price: 1 }
  refused(await ask(admin, 'POST /event/create', other, key), '422 IDEMPOTENCY_KEY_REUSED')
  const past = { ...terms(), startsAt: '2020-01-01T00:00:00Z' }
  refused(await ask(admin, 'POST /event/create', past), '409 EVENT_STARTS_IN_PAST')
  const backwards = { ...terms(), endsAt: inDays(29) }
  refused(await ask(admin, 'POST /event/create', backwards), '422 EVENT_ENDS_BEFORE_START')
})

test('PUT or POST /event/update: any of the terms; the capacity may fall to what is taken', async () => {
  const event = await newEvent()
  await booked(event, { quantity: 2 })
  const title = `Lain ${randomUUID()}`
  const put = await ask(admin, 'PUT /event/update', { id: event.id, title, price: 1_000 })
  assert.equal(put.status, 200, JSON.stringify(put.body))
  const { available, price } = put.body.data.event
  assert.deepEqual([put.body.data.event.title, price, available], [title, 1_000, 3])

  const tooFew = { id: event.id, capacity: 1, title: 'nie' }
  refused(await ask(admin, 'POST /event/update', tooFew), '409 CAPACITY_BELOW_TAKEN')
  const post = await ask(admin, 'POST /event/update', { id: event.id, capacity: 2 })
  const shrunk = post.body.data.event
  assert.deepEqual([shrunk.title, shrunk.capacity, shrunk.available], [title, 2, 0])
  refused(await book(event, { quantity: 1 }), '409 SOLD_OUT')
  refused(await book(event, { seats: ['Seat-3'] }), '409 SOLD_OUT')
  const grown = await ask(admin, 'PUT /event/update', { id: event.id, capacity: 4 })
  assert.equal(grown.body.data.event.available, 2)
  assert.deepEqual((await booked(event, { seats: ['Seat-4'] })).seats, ['Seat-4'])
  // A seat that is taken stays, wherever it is.
  const below = { id: event.id, capacity: 3 }
  refused(await ask(admin, 'PUT /event/update', below), '409 CAPACITY_BELOW_TAKEN')
  const unknown = { id: `event-${randomUUID()}`, title }
  refused(await ask(admin, 'PUT /event/update', unknown), '404 EVENT_NOT_FOUND')
})

test('DELETE or POST /event/delete: 409 with live orders; cancelOrders cancels and refunds them all', async () => {
  const unsold = await newEvent()
  const gone = await ask(admin, 'DELETE /event/delete', { id: unsold.id })
  assert.equal(gone.status, 200)
  assert.equal(gone.body.data.event.status, 'CANCELLED')
  assert.equal((await listed(`q=${encodeURIComponent(unsold.title)}`)).meta.total, 0)
  refused(await book(unsold), '409 EVENT_CANCELLED')

  const event = await newEvent()
  const paidId = await paid(event)
  const { id: heldId } = await booked(event)
  refused(await ask(admin, 'POST /event/delete', { id: event.id }), '409 EVENT_HAS_LIVE_ORDERS')
  const unwilling = { id: event.id, cancelOrders: false }
  refused(await ask(admin, 'DELETE /event/delete', unwilling), '409 EVENT_HAS_LIVE_ORDERS')
  const willing = { id: event.id, cancelOrders: true }
  assert.equal((await ask(admin, 'POST /event/delete', willing)).status, 200)
  await until(
    () => statusOf(paidId),
    ({ body }) => body.data.payment.status === 'REFUNDED',
  )
  refused(await cancel(heldId), '409 ORDER_NOT_LIVE')
  const unknown = { id: `event-${randomUUID()}` }
  refused(await ask(admin, 'POST /event/delete', unknown), '404 EVENT_NOT_FOUND')
})

test('GET /events: pages with what is left, by words and by time', async () => {
  const word = randomUUID()
  const days = [40, 41, 42]
  for (const day of days) await newEvent({ title: `${word} ${day}`, startsAt: inDays(day) })
  const first = await listed(`q=${word}&limit=2`)
  assert.deepEqual(first.meta, { page: 1, limit: 2, total: 3, pages: 2 })
  assert.deepEqual(
    first.data.events.map(({ available }: { available: number }) => available),
    [5, 5],
  )
  const second = await listed(`q=${word}&limit=2&page=2`)
  assert.deepEqual(
    second.data.events.map(({ title }: { title: string }) => title),
    [`${word} 42`],
  )
  const between = await listed(`q=${word}&from=${inDays(40.5)}&to=${inDays(41.5)}`)
  assert.equal(between.meta.total, 1)
  assert.deepEqual((await listed(`q=${word}&page=9`)).data.events, [])
  for (const bad of ['page=0', 'page=x', 'limit=0', 'limit=1000', 'from=yesterday', 'page=1e400']) {
    refused(await ask(shop.nobody, `GET /events?${bad}`), '400 INVALID_REQUEST', bad)
  }
})

test('POST /booking/create: 201 PENDING with seats, total and expiry, once under its key', async () => {
  const event = await newEvent()
  const key = { 'idempotency-key': randomUUID() }
  const wish = { quantity: 2, seats: ['Seat-4', 'Seat-2'] }
  const { status, body } = await book(event, wish, buyer, key)
  assert.equal(status, 201)
  const { booking } = body.data
  assert.equal(booking.status, 'PENDING')
  assert.deepEqual(booking.seats.toSorted(), ['Seat-2', 'Seat-4'])
  assert.equal(booking.total, 150_000)
  assert.ok(Date.parse(booking.expiresAt) > Date.now())
  assert.equal((await book(event, wish, buyer, key)).body.data.booking.id, booking.id)
  refused(await book(event, { quantity: 1 }, buyer, key), '422 IDEMPOTENCY_KEY_REUSED')
  assert.equal(await availableOf(event), 3)
})

test('POST /booking/create: quantity < 1: 422; not enough: 409 SOLD_OUT; all or nothing', async () => {
  const event = await newEvent()
  refused(await book(event, { quantity: 0 }), '422 INVALID_QUANTITY')
  refused(await book(event, { quantity: -5 }), '422 INVALID_QUANTITY')
  refused(await book(event, { quantity: 6 }), '409 SOLD_OUT')
  refused(await book(event, { quantity: 1_001 }), '422 TOO_MANY_TICKETS')
  refused(await book(event, { quantity: 1e300 }), '422 TOO_MANY_TICKETS')
  const mismatch = '422 SEATS_DO_NOT_MATCH_QUANTITY'
  refused(await book(event, { quantity: 2, seats: ['Seat-1'] }), mismatch)
  refused(await book(event, { quantity: 2, seats: ['Seat-1', 'Seat-1'] }), mismatch)
  refused(await book(event, { seats: ['Seat-9'] }), '422 SEAT_NOT_FOUND')
  refused(await book(event, { seats: ['A1'] }), '422 SEAT_NOT_FOUND')
  refused(await book({ id: `event-${randomUUID()}` }), '404 EVENT_NOT_FOUND')
  assert.equal(await availableOf(event), 5)
  await booked(event, { seats: ['Seat-1'] })
  refused(await book(event, { quantity: 2, seats: ['Seat-1', 'Seat-2'] }), '409 SEAT_TAKEN')
  assert.equal(await availableOf(event), 4)
})

test('A booking takes free seats under row locks, so two buyers never get one seat', async () => {
  const event = await newEvent({ capacity: 7 })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      book(event, i % 2 ? { quantity: 1 } : { quantity: 1, seats: [`Seat-${(i % 7) + 1}`] }),
    ),
  )
  const won = answers.filter(({ status }) => status === 201)
  assert.equal(won.length, 7)
  const seats = won.flatMap(({ body }) => body.data.booking.seats)
  assert.equal(new Set(seats).size, 7)
  for (const { status } of answers) assert.ok(status === 201 || status === 409)
})

test('POST /booking/cancel: 200 CANCELLED, and its seats are free again', async () => {
  const event = await newEvent({ capacity: 1 })
  const { id } = await booked(event)
  refused(await book(event), '409 SOLD_OUT')
  const { status, body } = await cancel(id)
  assert.equal(status, 200)
  assert.equal(body.data.booking.status, 'CANCELLED')
  refused(await cancel(id), '409 ORDER_NOT_LIVE')
  assert.deepEqual((await booked(event)).seats, ['Seat-1'])
})

test('POST /booking/cancel: a paid one is given back', async () => {
  const event = await newEvent()
  const id = await paid(event)
  assert.equal((await cancel(id)).body.data.booking.status, 'CANCELLED')
  await until(
    () => statusOf(id),
    ({ body }) => body.data.payment.status === 'REFUNDED',
  )
  assert.equal(await availableOf(event), 5)
})

test('POST /payment/process: 201 with how to pay; another way replaces it; a settled one stays', async () => {
  const { id } = await booked(await newEvent())
  refused(await statusOf(id), '404 PAYMENT_NOT_FOUND')
  const key = { 'idempotency-key': randomUUID() }
  const wish = { bookingId: id, method: 'invoice' }
  const { status, body } = await ask(buyer, 'POST /payment/process', wish, key)
  assert.equal(status, 201, JSON.stringify(body))
  const { payment } = body.data
  assert.equal(payment.status, 'PENDING')
  assert.equal(payment.amount, 75_000)
  assert.ok(Date.parse(payment.expiresAt) > Date.now())
  assert.equal((await fetch(payment.checkoutUrl)).status, 200)
  const again = await ask(buyer, 'POST /payment/process', wish, key)
  assert.equal(again.body.data.payment.id, payment.id)
  await payAt(payment.checkoutUrl)
  await until(
    () => statusOf(id),
    ({ body }) => body.data.payment.status === 'PAID',
  )
  await until(
    () => ask(shop.admin, `GET /v1/orders/${id}`),
    ({ body }) => body.status === 'paid',
  )
  refused(await process_(id), '409 ORDER_NOT_PAYABLE')
  const other = await booked(await newEvent())
  const unknown = await process_(other.id, { method: 'va', bank: 'no such bank' })
  refused(unknown, '422 PAYMENT_METHOD_UNKNOWN')
})

test('POST /payment/process: a virtual account, an e-wallet and QRIS each say how to pay', async () => {
  const event = await newEvent()
  const payBy = async (more: object) => {
    const { id } = await booked(event)
    const { status, body } = await process_(id, more)
    assert.equal(status, 201, JSON.stringify(body))
    return body.data.payment
  }
  for (const bank of ['bca', 'BNI']) {
    assert.match((await payBy({ method: 'va', bank })).vaNumber, /^\d{8,20}$/)
  }
  assert.match((await payBy({ method: 'ewallet' })).checkoutUrl, /^http/)
  assert.ok((await payBy({ method: 'qris' })).qrString.length > 10)
})

test('GET /payment/status: data.payment, as POST /payment/process has it; 404 before that', async () => {
  const { id } = await booked(await newEvent())
  refused(await statusOf(id), '404 PAYMENT_NOT_FOUND')
  const { body: begun } = await process_(id, { method: 'va', bank: 'bca' })
  const { status, body } = await statusOf(id)
  assert.deepEqual({ status, body }, { status: 200, body: begun })
  const { payment } = body.data
  assert.deepEqual(Object.keys(payment).sort(), ['amount', 'expiresAt', 'id', 'status', 'vaNumber'])
  assert.match(payment.id, /^payment-/)
})

test('GET /v1/orders/{id}/timeline: an administrator sees what became of a booking', async () => {
  const id = await paid(await newEvent())
  await until(
    () => ask(shop.admin, `GET /v1/orders/${id}`),
    ({ body }) => body.status === 'paid',
  )
  await cancel(id)
  type Entry = { what: string; at: string }
  const look = () => ask(admin, `GET /v1/orders/${id}/timeline`)
  const { body } = await until(look, ({ body }) => body.status === 'refunded')
  const told = body.timeline.map(({ what }: Entry) => what)
  for (const what of ['payment.settled', 'order.paid', 'payment.refund', 'order.refunded']) {
    assert.ok(told.includes(what), `${what} is not among ${told}`)
  }
  assert.equal((await ask(stranger, `GET /v1/orders/${id}/timeline`)).status, 404)
})

test('GET /payment/status as text/event-stream: every change as it happens', async () => {
  const { id } = await booked(await newEvent())
  const { body } = await process_(id)
  const at = { ...buyer, headers: { ...buyer.headers, accept: 'text/event-stream' } }
  const seen: string[] = []
  type Change = { data: { payment: { status: string } } }
  for await (const { data } of follow<Change>(at, `/payment/status?bookingId=${id}`)) {
    seen.push(data.payment.status)
    if (seen.length === 1) await payAt(body.data.payment.checkoutUrl)
    if (data.payment.status === 'PAID') await cancel(id)
    if (data.payment.status === 'REFUNDED') break
  }
  const order = seen.filter((status, i) => status !== seen[i - 1])
  assert.deepEqual(
    order.filter((status) => status !== 'REFUNDING'),
    ['PENDING', 'PAID', 'REFUNDED'],
  )
})

test('another buyer may neither see, pay nor cancel a booking', async () => {
  const event = await newEvent()
  const { id } = await booked(event)
  await process_(id)
  refused(await cancel(id, stranger), '403 FORBIDDEN')
  refused(await process_(id, {}, stranger), '403 FORBIDDEN')
  refused(await statusOf(id, stranger), '403 FORBIDDEN')
  refused(await statusOf(id, admin), '403 FORBIDDEN')
  const unknown = `order-${randomUUID()}`
  refused(await cancel(unknown), '404 ORDER_NOT_FOUND')
  refused(await process_(unknown), '404 ORDER_NOT_FOUND')
  refused(await statusOf(unknown), '404 ORDER_NOT_FOUND')
  assert.equal(await availableOf(event), 4)
})

const routes: [string, object, boolean?][] = [
  ['GET /profile', {}],
  ['PUT /profile/update', { name: 'Lain' }],
  ['POST /profile/update', { name: 'Lain' }],
  ['POST /event/create', terms(), true],
  ['PUT /event/update', { id: `event-${randomUUID()}` }, true],
  ['POST /event/update', { id: `event-${randomUUID()}` }, true],
  ['DELETE /event/delete', { id: `event-${randomUUID()}` }, true],
  ['POST /event/delete', { id: `event-${randomUUID()}` }, true],
  ['POST /booking/create', { eventId: `event-${randomUUID()}`, quantity: 1 }],
  ['POST /booking/cancel', { bookingId: `order-${randomUUID()}` }],
  ['POST /payment/process', { bookingId: `order-${randomUUID()}`, method: 'va' }],
  ['GET /payment/status', {}],
]

test('JWT: 401 when it is missing, expired, forged, mangled, of another kind; 403 without the role', async () => {
  const { authorization = '' } = buyer.headers
  const [header, claims, signature] = authorization.slice(7).split('.')
  const read = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const key = await readFile(path.join(shop.dataDir, 'keys', 'ACCESS_TOKEN_KEY'))
  const signed = (payload: object) => {
    const text = `${header}.${encode(payload)}`
    return `Bearer ${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
  }
  const genuine = { url: shop.url, headers: { authorization: signed(read) } }
  assert.equal((await ask(genuine, 'GET /profile')).status, 200)
  const unsigned = encode({ alg: 'none' })
  const promoted = encode({ ...read, roles: ['admin'] })
  const { body: session } = await ask(shop.nobody, 'POST /login', {
    email: 'admin@karcis.test',
    password: 'karcis-demo',
  })
  const forgeries = [
    signed({ ...read, iat: read.iat - 7_200, exp: read.iat - 3_600 }),
    `Bearer ${session.data.refreshToken}`,
    undefined,
    '',
    'Bearer',
    'Bearer x',
    `Basic ${claims}`,
    `Bearer ${header}.${promoted}.${signature}`,
    `Bearer ${unsigned}.${promoted}.`,
    `Bearer ${header}.${claims}.${signature?.slice(1)}`,
  ]
  for (const [line, body, forAdmin] of routes) {
    const given = line.startsWith('GET') ? undefined : body
    for (const forged of forgeries) {
      const headers = forged === undefined ? {} : { authorization: forged }
      refused(await ask({ url: shop.url, headers }, line, given), '401 UNAUTHENTICATED', line)
    }
    for (const other of forAdmin ? [buyer, shop.organiser, shop.staff] : []) {
      refused(await ask(other, line, given), '403 FORBIDDEN', line)
    }
  }
})

test('what there is not under its paths is refused in the shape of this API', async () => {
  const lines = ['GET /events?q=%00', 'GET /register', 'DELETE /profile', 'GET /event/create']
  for (const line of lines.concat('PATCH /booking/cancel', 'GET /booking/x', 'GET /payment')) {
    for (const caller of [
      buyer,
      shop.nobody,
      { ...buyer, headers: { authorization: 'Bearer x' } },
    ]) {
      refused(await ask(caller, line), '404 NOT_FOUND', line)
    }
  }
})

test('429 to an address that asks too often, in the shape of this API', async () => {
  const from = { 'x-forwarded-for': '203.0.113.7' }
  assert.equal((await ask(shop.nobody, 'GET /events', undefined, from)).status, 200)
  for (const line of [
    'GET /events',
    'POST /login',
    'POST /booking/create',
    'GET /payment/status',
  ]) {
    const answer = await ask(buyer, line, undefined, from)
    refused(answer, '429 TOO_MANY_REQUESTS', line)
    assert.ok(Number(answer.headers['retry-after']) > 0)
  }
})

test('bad input is refused in the shape of this API, and changes nothing', async () => {
  const event = await newEvent()
  const { id } = await booked(event)
  const account = () => ({ name: 'Budi', email: newEmail(), password })
  const cases: [Caller, string, object, [string, unknown][]][] = [
    [
      shop.nobody,
      'POST /register',
      account(),
      [
        ['name', undefined],
        ['name', ''],
        ['name', 5],
        ['email', 'x'],
        ['email', undefined],
        ['password', undefined],
        ['password', 'short'],
        ['password', 'x'.repeat(201)],
        ['password', {}],
      ],
    ],
    [
      shop.nobody,
      'POST /login',
      account(),
      [
        ['email', undefined],
        ['password', 5],
      ],
    ],
    [
      buyer,
      'PUT /profile/update',
      { name: 'Budi' },
      [
        ['name', ''],
        ['name', undefined],
        ['phone', 'x'],
      ],
    ],
    [
      admin,
      'POST /event/create',
      terms(),
      [
        ['title', undefined],
        ['title', ' '],
        ['title', 'x'.repeat(201)],
        ['description', undefined],
        ['location', undefined],
        ['startsAt', undefined],
        ['startsAt', 'soon'],
        ['startsAt', '9999-12-31T00:00:00Z'],
        ['endsAt', 5],
        ['capacity', 0],
        ['capacity', -1],
        ['capacity', 1e9],
        ['capacity', '5'],
        ['capacity', 1.5],
        ['price', -1],
        ['price', 1e300],
        ['price', undefined],
        ['numbered', 'yes'],
      ],
    ],
    [
      admin,
      'PUT /event/update',
      { id: event.id },
      [
        ['id', undefined],
        ['id', id],
        ['id', 5],
        ['capacity', -1],
        ['price', '1'],
        ['title', ''],
      ],
    ],
    [
      admin,
      'DELETE /event/delete',
      { id: event.id },
      [
        ['id', undefined],
        ['id', id],
        ['cancelOrders', 'yes'],
      ],
    ],
    [
      buyer,
      'POST /booking/create',
      { eventId: event.id, quantity: 1 },
      [
        ['eventId', undefined],
        ['eventId', id],
        ['eventId', "' or 1=1"],
        ['quantity', undefined],
        ['quantity', '1'],
        ['quantity', 1.5],
        ['quantity', null],
        ['seats', 'Seat-1'],
        ['seats', [5]],
      ],
    ],
    [
      buyer,
      'POST /booking/cancel',
      { bookingId: id },
      [
        ['bookingId', undefined],
        ['bookingId', event.id],
      ],
    ],
    [
      buyer,
      'POST /payment/process',
      { bookingId: id, method: 'invoice' },
      [
        ['bookingId', event.id],
        ['method', undefined],
        ['method', 'cash'],
        ['bank', 5],
      ],
    ],
  ]
  const others = cases.flatMap(([caller, line, good, wrongs]) => {
    const [method = '', path = ''] = line.split(' ')
    return method === 'POST' ? [] : [[caller, `POST ${path}`, good, wrongs] as (typeof cases)[0]]
  })
  for (const [caller, line, good, wrongs] of [...cases, ...others]) {
    for (const [name, value] of wrongs) {
      const what = `${line} ${name} ${JSON.stringify(value)?.slice(0, 40)}`
      refused(await ask(caller, line, having(good, name, value)), '400 INVALID_REQUEST', what)
    }
    for (const [name, body, headers] of absurdBodies) {
      const answer = await ask(caller, line, body, headers)
      assert.ok([400, 413, 415].includes(answer.status), `${line} ${name} ${answer.status}`)
      refused(answer, `${answer.status} ${answer.body.error.code}`, name)
    }
  }
  for (const query of ['', '?bookingId=', `?bookingId=${event.id}`, '?bookingId=a&bookingId=b']) {
    refused(await ask(buyer, `GET /payment/status${query}`), '400 INVALID_REQUEST', query)
  }
  assert.equal(await availableOf(event), 4)
  refused(await statusOf(id), '404 PAYMENT_NOT_FOUND')
})

test('every promise is kept afterwards', async () => {
  await until(
    async () => verified(shop.dataDir),
    ({ kept }) => kept,
  )
})
