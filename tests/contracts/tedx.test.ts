import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  absurdBodies,
  ask,
  having,
  oneRequestOfStrangers,
  tenMegabytes,
  type ForeignAnswer,
} from '../support/foreign.ts'
import {
  logIn,
  ok,
  onSale,
  openShop,
  payAt,
  refusal,
  send,
  until,
  type Caller,
  type Shop,
} from '../support/shop.ts'

const apiKey = 'tedx-api-key-of-this-test'
const token = 'callback-token-of-this-test'
const operator = 'operator@example.test'

let shop: Shop
let client: Caller
before(async () => {
  shop = await openShop({
    TEDX_API_KEY: apiKey,
    XENDIT_CALLBACK_TOKEN: token,
    OPERATOR_MAIL: operator,
    ...oneRequestOfStrangers,
    CONTRACTS: 'tedx,concert',
  })
  client = { url: shop.url, headers: { 'x-api-key': apiKey } }
})
after(() => shop[Symbol.asyncDispose]())

type Ticket = { id: string; type: string; name: string; amount: number; eventId: string }

const tickets = async (): Promise<Ticket[]> =>
  (await ask(shop.nobody, 'GET /api/tickets')).body.data
const amountOf = async (id: string) => (await tickets()).find((ticket) => ticket.id === id)?.amount
const user = () => ({
  full_name: 'Sari Dewi',
  email: `${randomUUID()}@example.test`,
  no_hp: '+62 812 3456 7890',
})
const orderOf = (ticketId: string, quantity = 1) => ({
  user: user(),
  items: [{ ticketId, quantity }],
})
const place = (body: unknown, headers = {}) => ask(client, 'POST /api/orders', body, headers)
const callBack = (body: unknown, given: string | undefined = token) =>
  ask(shop.nobody, 'POST /api/payment-callback', body, given ? { 'x-callback-token': given } : {})
const statusOf = async (orderId: string) => {
  const { body } = await send<{ status: string }>(shop.admin, `GET /v1/orders/${orderId}`)
  return body.status
}
const becomes = (orderId: string, status: string) =>
  until(
    () => statusOf(orderId),
    (seen) => seen === status,
  )
const mailsTo = async (address: string) => {
  const { body } = await ask(shop.nobody, 'GET /dev/mail')
  return body.split(address).length - 1
}

/** Every refusal has this shape, and nothing else. */
function refused({ status, headers, body }: ForeignAnswer, expected: number, what = ''): void {
  assert.equal(status, expected, `${what}: ${JSON.stringify(body)}`)
  assert.deepEqual(Object.keys(body), ['error'], what)
  assert.deepEqual(Object.keys(body.error).sort(), ['message', 'requestId'], what)
  assert.ok(body.error.message.length > 0)
  assert.equal(body.error.requestId, headers['x-request-id'])
}

/** An event with one ticket type for 50,000 rupiah. */
async function ticketOnSale(terms: object = {}): Promise<string> {
  const event = await onSale(shop, {
    name: 'Early bird',
    unitPrice: 50_000,
    capacity: 10,
    ...terms,
  })
  return event.ticketTypes[0]!.id
}
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

test('GET /api/tickets: the ticket types within their sales windows, with what is left', async () => {
  const open = await ticketOnSale({ validFrom: inDays(-1), validUntil: inDays(1) })
  const early = await ticketOnSale({ validFrom: inDays(1) })
  const late = await ticketOnSale({ validUntil: inDays(-1) })
  const listed = await tickets()
  const found = listed.find(({ id }) => id === open)
  assert.ok(found)
  assert.deepEqual(Object.keys(found).sort(), [
    'amount',
    'eventId',
    'id',
    'name',
    'price',
    'type',
    'validFrom',
    'validUntil',
  ])
  assert.equal(found.type, 'EARLY_BIRD')
  assert.equal(found.amount, 10)
  assert.ok(!listed.some(({ id }) => id === early || id === late))
})

test('POST /api/orders: several items of one event, the invoice, the stock set aside, the buyer made', async () => {
  const event = await onSale(
    shop,
    {},
    {
      ticketTypes: [
        { name: 'A', unitPrice: 50_000, capacity: 5 },
        { name: 'B', unitPrice: 70_000, capacity: 5 },
      ],
    },
  )
  const [a, b] = event.ticketTypes.map(({ id }) => id)
  const body = {
    user: user(),
    items: [
      { ticketId: a, quantity: 2 },
      { ticketId: b, quantity: 1 },
    ],
  }
  const key = { 'idempotency-key': randomUUID() }
  const { status, body: answer } = await place(body, key)
  assert.equal(status, 201, JSON.stringify(answer))
  const { order, payment } = answer.data
  assert.deepEqual(order, {
    id: order.id,
    status: 'PENDING',
    total: 170_000,
    items: [
      { ticketId: a, quantity: 2, price: 50_000 },
      { ticketId: b, quantity: 1, price: 70_000 },
    ],
    expiresAt: order.expiresAt,
  })
  assert.ok(Date.parse(order.expiresAt) > Date.now())
  assert.equal(payment.status, 'PENDING')
  assert.equal((await fetch(payment.invoiceUrl)).status, 200)
  assert.equal(await amountOf(a!), 3)
  assert.equal(await amountOf(b!), 4)

  type Users = { users: { email: string; name: string; phone: string }[] }
  const { body: found } = await send<Users>(shop.admin, `GET /v1/users?q=${body.user.email}`)
  assert.deepEqual(
    found.users.map(({ email, name, phone }) => ({ email, name, phone })),
    [{ email: body.user.email, name: 'Sari Dewi', phone: '+62 812 3456 7890' }],
  )

  // The same again, under its key, is the same order.
  const again = await place(body, key)
  assert.equal(again.body.data.order.id, order.id)
  assert.equal(await amountOf(a!), 3)
  refused(await place(having(body, 'items.0.quantity', 1), key), 409)
})

test('POST /api/orders: the buyer is found or made by e-mail, who can still make an account', async () => {
  const ticket = await ticketOnSale()
  const wish = orderOf(ticket)
  const { body } = await place(wish)
  const { email } = wish.user
  const account = { name: 'Lain', email: email.toUpperCase(), password: 'rahasia sekali' }
  await ok(send(shop.nobody, 'POST /v1/auth/register', account))
  const registered = await logIn(shop.nobody, email, account.password)
  assert.equal((await place({ ...orderOf(ticket), user: wish.user })).status, 201)
  type Users = { users: { name: string }[] }
  const { users } = await ok(send<Users>(shop.admin, `GET /v1/users?q=${email}`))
  assert.deepEqual(
    users.map(({ name }) => name),
    ['Lain'],
  )
  // Nothing has proved that who registered the address can read its mail.
  const { orders } = await ok(send<{ orders: [] }>(registered, 'GET /v1/orders'))
  assert.deepEqual(orders, [])
  const path = `GET /v1/orders/${body.data.order.id}`
  assert.equal(await refusal(send(registered, path)), '404 order-not-found')
})

test('POST /api/orders again under its key: PENDING, then PAID or EXPIRED, with its one payment', async () => {
  const wish = orderOf(await ticketOnSale())
  for (const [act, status] of [
    ['POST /pay', 'PAID'],
    ['POST /expire', 'EXPIRED'],
  ] as const) {
    const key = { 'idempotency-key': randomUUID() }
    const { body: first } = await place(wish, key)
    const { payment } = first.data
    assert.deepEqual([first.data.order.status, payment.status], ['PENDING', 'PENDING'])
    await ask({ url: payment.invoiceUrl, headers: {} }, act, {})
    await becomes(first.data.order.id, status.toLowerCase())
    const { body: again } = await place(wish, key)
    assert.deepEqual(again.data, {
      order: { ...first.data.order, status },
      payment: { ...payment, status, invoiceUrl: null },
    })
  }
})

test('POST /api/orders: 401 without the key, and with a wrong one, whatever the body', async () => {
  for (const headers of [{}, { 'x-api-key': 'wrong' }, { 'x-api-key': `${apiKey}x` }]) {
    const nobody = { url: shop.url, headers }
    refused(await ask(nobody, 'POST /api/orders', orderOf(await ticketOnSale())), 401)
    refused(await ask(nobody, 'POST /api/orders', '{'), 401)
  }
})

test('POST /api/orders: outside the window, unknown, too few left: 400 or 409, and nothing is kept', async () => {
  const open = await ticketOnSale()
  const other = await ticketOnSale()
  const cases: [string, object, number][] = [
    ['not on sale yet', orderOf(await ticketOnSale({ validFrom: inDays(1) })), 400],
    ['no longer on sale', orderOf(await ticketOnSale({ validUntil: inDays(-1) })), 400],
    ['unknown', orderOf(`tickettype-${randomUUID()}`), 400],
    [
      'one of another event',
      {
        user: user(),
        items: [
          { ticketId: open, quantity: 1 },
          { ticketId: other, quantity: 1 },
        ],
      },
      400,
    ],
    [
      'named twice',
      {
        user: user(),
        items: [
          { ticketId: open, quantity: 1 },
          { ticketId: open, quantity: 1 },
        ],
      },
      400,
    ],
    ['more than an order may have', orderOf(open, 11), 400],
    ['too few left', orderOf(await ticketOnSale({ capacity: 3 }), 4), 409],
  ]
  for (const [what, body, status] of cases) {
    refused(await place(body), status, what)
    const { email } = (body as { user: { email: string } }).user
    const { body: found } = await send<{ users: [] }>(shop.admin, `GET /v1/users?q=${email}`)
    assert.deepEqual(found.users, [], what)
  }
  assert.equal(await amountOf(open), 10)
})

test('POST /api/payment-callback: PAID settles once, and the e-ticket is mailed', async () => {
  const wish = orderOf(await ticketOnSale())
  const { email } = wish.user
  const { body } = await place(wish)
  const { order, payment } = body.data
  await payAt(payment.invoiceUrl)
  const invoice = {
    id: payment.invoiceUrl.split('/').at(-1),
    external_id: payment.externalId,
    status: 'PAID',
    amount: 50_000,
    paid_amount: 50_000,
    currency: 'IDR',
  }
  assert.equal((await callBack(invoice)).status, 200)
  assert.equal((await callBack(invoice)).status, 200)
  await becomes(order.id, 'paid')
  type Tickets = { tickets: unknown[] }
  const look = () => send<Tickets>(shop.admin, `GET /v1/orders/${order.id}/tickets`)
  const held = await until(look, ({ body }) => body.tickets.length > 0)
  assert.equal(held.body.tickets.length, 1)
  assert.equal((await callBack(invoice)).status, 200)
  assert.equal(await statusOf(order.id), 'paid')
  // How to pay, and the ticket.
  await until(
    () => mailsTo(email),
    (mails) => mails === 2,
  )
})

test('POST /api/payment-callback: another amount is recorded, pays nothing, and the operator is told', async () => {
  const { body } = await place(orderOf(await ticketOnSale()))
  const { order, payment } = body.data
  const before = await mailsTo(operator)
  await ask({ url: payment.invoiceUrl, headers: {} }, 'POST /pay', { amount: 1_000 })
  const id = payment.invoiceUrl.split('/').at(-1)
  const invoice = { id, external_id: payment.externalId, status: 'PAID', amount: 1_000 }
  assert.equal((await callBack(invoice)).status, 200)
  await until(
    () => mailsTo(operator),
    (mails) => mails === before + 1,
  )
  assert.equal(await statusOf(order.id), 'pending')
  type Payments = { payments: { orderId: string; paid: { amount: number } }[] }
  const parked = await send<Payments>(shop.admin, 'GET /v1/payments?status=mismatch')
  assert.equal(parked.body.payments.find(({ orderId }) => orderId === order.id)?.paid.amount, 1_000)
})

test('POST /api/payment-callback: EXPIRED expires, and the stock is returned', async () => {
  const ticket = await ticketOnSale()
  const { body } = await place(orderOf(ticket, 2))
  const { order, payment } = body.data
  assert.equal(await amountOf(ticket), 8)
  await ask({ url: payment.invoiceUrl, headers: {} }, 'POST /expire', {})
  const id = payment.invoiceUrl.split('/').at(-1)
  const invoice = { id, external_id: payment.externalId, status: 'EXPIRED', amount: 100_000 }
  assert.equal((await callBack(invoice)).status, 200)
  await becomes(order.id, 'expired')
  assert.equal(await amountOf(ticket), 10)
})

test('POST /api/payment-callback: 401 for a wrong token, and nothing changes', async () => {
  const { body } = await place(orderOf(await ticketOnSale()))
  const { order, payment } = body.data
  const invoice = { id: 'x', external_id: payment.externalId, status: 'PAID', amount: 50_000 }
  for (const given of [undefined, '', 'wrong', `${token}x`, token.slice(1)]) {
    const answer = await ask(
      shop.nobody,
      'POST /api/payment-callback',
      invoice,
      given === undefined ? {} : { 'x-callback-token': given },
    )
    refused(answer, 401)
  }
  assert.equal(await statusOf(order.id), 'pending')
})

test('POST /api/payment-callback: what is no notice of a payment changes nothing', async () => {
  const { body } = await place(orderOf(await ticketOnSale()))
  const { order, payment } = body.data
  const invoice = { id: 'x', external_id: payment.externalId, status: 'PAID', amount: 50_000 }
  refused(await callBack(tenMegabytes), 413)
  // The right token proves no payment: the gateway is asked, and knows of none.
  assert.equal((await callBack(invoice)).status, 200)
  for (const absurd of ['{', '[]', 'null', '"a"', '{"external_id":{}}', '']) {
    assert.equal((await callBack(absurd)).status, 200, absurd)
  }
  for (const wrong of [
    { external_id: order.id },
    { external_id: `tickettype-${randomUUID()}` },
    { amount: -50_000 },
    { amount: 1e300 },
    { amount: '50000' },
    { status: 7 },
  ]) {
    assert.equal((await callBack({ ...invoice, ...wrong })).status, 200, JSON.stringify(wrong))
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'x-callback-token': token }
  const posted = await ask(shop.nobody, 'POST /api/payment-callback', 'status=PAID', form)
  assert.equal(posted.status, 200)
  assert.equal(await statusOf(order.id), 'pending')
})

test('POST /api/orders: bad input is refused in the shape of this API, with the id of the request', async () => {
  const ticket = await ticketOnSale()
  const good = orderOf(ticket)
  const bad: [string, unknown][] = [
    ['user', undefined],
    ['user.full_name', undefined],
    ['user.full_name', ' '],
    ['user.full_name', 5],
    ['user.email', 'nobody'],
    ['user.email', undefined],
    ['user.no_hp', 'phone'],
    ['user.no_hp', undefined],
    ['items', undefined],
    ['items', []],
    ['items', {}],
    ['items.0.ticketId', 7],
    ['items.0.ticketId', `event-${randomUUID()}`],
    ['items.0.ticketId', "' or 1=1"],
    ['items.0.quantity', 0],
    ['items.0.quantity', -1],
    ['items.0.quantity', 1.5],
    ['items.0.quantity', '1'],
    ['items.0.quantity', 1e300],
    ['items.0.quantity', undefined],
  ]
  for (const [path, value] of bad) {
    refused(await place(having(good, path, value)), 400, `${path} ${JSON.stringify(value)}`)
  }
  for (const [what, body, headers] of absurdBodies) {
    const answer = await place(body, headers)
    assert.ok([400, 413, 415].includes(answer.status), what)
    refused(answer, answer.status, what)
  }
  assert.equal(await amountOf(ticket), 10)
})

test('what there is not under /api is refused in the shape of this API', async () => {
  const lines = ['GET /api/tickets?a=%00', 'GET /api/orders', 'DELETE /api/tickets', 'GET /api/x']
  for (const line of lines.concat('PUT /api/payment-callback')) {
    refused(await ask(client, line), 404, line)
  }
})

test('concert, POST /payments/callback: 401 without a signature unless it was asked for', async () => {
  const { body } = await ask(shop.nobody, 'POST /orders', { email: user().email, category_id: 1 })
  const { id } = body.data
  const bare = { order_id: id, status_code: '200', transaction_status: 'settlement' }
  assert.equal((await ask(shop.nobody, 'POST /payments/callback', bare)).status, 401)
  const forged = { ...bare, signature_key: '' }
  assert.equal((await ask(shop.nobody, 'POST /payments/callback', forged)).status, 401)
  assert.equal(await statusOf(id), 'pending')
})

test('tedx and concert: 429 to an address that asks too often, in the shape of either', async () => {
  const from = { 'x-forwarded-for': '203.0.113.7' }
  const again = (line: string, body?: unknown) => ask(shop.nobody, line, body, from)
  assert.equal((await again('GET /api/tickets')).status, 200)
  refused(await again('GET /api/tickets'), 429)
  refused(await again('POST /api/orders', '{'), 429)
  refused(await again('POST /api/payment-callback', {}), 429)
  for (const line of [
    'GET /categories',
    'GET /health',
    'POST /orders',
    'POST /payments/callback',
  ]) {
    const { status, headers, body } = await again(line)
    assert.deepEqual([status, Object.keys(body)], [429, ['message']], line)
    assert.ok(Number(headers['retry-after']) > 0)
  }
})

test('every response carries X-Request-Id, the one of the request when it is sane', async () => {
  const given = async (id: string) =>
    (await ask(shop.nobody, 'GET /api/tickets', undefined, { 'x-request-id': id })).headers[
      'x-request-id'
    ]
  assert.equal(await given('trace-7:a.b_c'), 'trace-7:a.b_c')
  assert.notEqual(await given('no spaces'), 'no spaces')
  assert.notEqual(await given('x'.repeat(65)), 'x'.repeat(65))
  const failing = await place('{', { 'x-request-id': 'mine' })
  assert.equal(failing.body.error.requestId, 'mine')
})
