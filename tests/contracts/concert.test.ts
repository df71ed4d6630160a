import assert from 'node:assert'
import { createHmac, hash, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { absurdBodies, ask, tenMegabytes, type ForeignAnswer } from '../support/foreign.ts'
import { ok, openShop, send, until, verified, type Shop } from '../support/shop.ts'

/** `npm test` plays the load test for a moment; CI for as long as the contract says. */
const clients = Number(process.env['CONCERT_CLIENTS'] ?? 40)
const seconds = Number(process.env['CONCERT_SECONDS'] ?? 3)
const catalogRefreshSeconds = 1
/** Longer than the load test's backlog, and short enough to be waited for. */
const cancelSeconds = seconds + 15
const orderSecretKey = 'the-key-that-the-sandbox-keys-are-made-of'
const serverKey = `SB-Mid-server-${createHmac('sha256', orderSecretKey)
  .update('sandbox server key')
  .digest('base64url')}`

let shop: Shop
/** Placed first and paid by nobody. */
let unpaid: { id: string; email: string }
before(async () => {
  shop = await openShop({
    CONTRACTS: 'concert,tedx',
    CONCERT_UNSIGNED_CALLBACKS: 'true',
    CONCERT_CANCEL_SECONDS: String(cancelSeconds),
    CATALOG_REFRESH_SECONDS: String(catalogRefreshSeconds),
    ORDER_SECRET_KEY: orderSecretKey,
  })
})
after(() => shop[Symbol.asyncDispose]())

type Category = { id: number; name: string; price: number; total: number }

const email = () => `${randomUUID()}@example.test`
const order = (body: unknown, headers = {}) => ask(shop.nobody, 'POST /orders', body, headers)
const callBack = (body: unknown) => ask(shop.nobody, 'POST /payments/callback', body)
const settled = (order_id: string) => ({
  order_id,
  status_code: '200',
  transaction_status: 'settlement',
})
const categories = async (): Promise<Category[]> =>
  (await ask(shop.nobody, 'GET /categories')).body.data
const leftOf = async (id: number) => (await categories()).find((one) => one.id === id)?.total
const becomes = (orderId: string, status: string) =>
  until(
    () => send<{ status: string }>(shop.admin, `GET /v1/orders/${orderId}`),
    ({ body }) => body.status === status,
  )

/** The last mail to an address, as text. */
async function mailTo(address: string): Promise<string | undefined> {
  const { body } = await ask(shop.nobody, `GET /dev/mail.json?to=${address}`)
  return body.mails[0]?.text
}

/** Every refusal is a message, and nothing else. */
function refused({ status, body }: ForeignAnswer, expected: number, what = ''): void {
  assert.equal(status, expected, `${what}: ${JSON.stringify(body)}`)
  assert.deepEqual(Object.keys(body), ['message'], what)
  assert.ok(body.message.length > 0, what)
}

test('GET /health: 200, empty', async () => {
  const { status, body } = await ask(shop.nobody, 'GET /health')
  assert.deepEqual({ status, body }, { status: 200, body: '' })
})

test('GET /categories: the five of the concert by small numbers, with what is left', async () => {
  const { status, body } = await ask(shop.nobody, 'GET /categories')
  assert.equal(status, 200)
  assert.deepEqual(body, {
    data: [
      { id: 1, name: 'VIP', price: 3_800_000, total: 15_000 },
      { id: 2, name: 'PLATINUM', price: 3_400_000, total: 15_000 },
      { id: 3, name: 'CAT 1', price: 2_900_000, total: 15_000 },
      { id: 4, name: 'CAT 2', price: 2_600_000, total: 15_000 },
      { id: 5, name: 'CAT 3', price: 2_100_000, total: 15_000 },
    ],
  })
})

test('POST /orders: 201, also for an order that nobody will pay', async () => {
  const address = email()
  const { status, body } = await order({ email: address, category_id: 1 })
  assert.equal(status, 201)
  unpaid = { id: body.data.id, email: address }
})

test('POST /orders: 201 with id, total and the virtual account number that the gateway has', async () => {
  const { status, body } = await order({ email: email(), category_id: 2 })
  assert.equal(status, 201, JSON.stringify(body))
  assert.deepEqual(Object.keys(body), ['data'])
  const { id, total, va_code } = body.data
  assert.equal(total, 3_400_000)
  assert.match(va_code, /^\d{10,20}$/)
  type Known = { payment: { instructions: { vaNumber: string } | null } }
  const { body: known } = await until(
    () => send<Known>(shop.admin, `GET /v1/orders/${id}`),
    (seen) => seen.body.payment.instructions !== null,
  )
  assert.equal(known.payment.instructions?.vaNumber, va_code)
  await until(
    () => leftOf(2),
    (left) => left === 14_999,
  )
})

test('POST /orders: 409 while the e-mail has a live order, whatever its case and category', async () => {
  const address = email()
  assert.equal((await order({ email: address, category_id: 5 })).status, 201)
  for (const again of [address, address.toUpperCase()]) {
    const { status, body } = await order({ email: again, category_id: 4 })
    assert.deepEqual({ status, body }, { status: 409, body: { message: 'order: already exist' } })
  }
})

test('POST /orders: one of many at once wins for one e-mail', async () => {
  const address = email()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => order({ email: address, category_id: (i % 5) + 1 })),
  )
  const statuses = answers.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [201, ...Array(19).fill(409)])
})

test('POST /orders: 404 for a category that is not there', async () => {
  for (const category_id of [0, -1, 6, 2 ** 31, 1e300]) {
    const { status, body } = await order({ email: email(), category_id })
    assert.deepEqual({ status, body }, { status: 404, body: { message: 'ticket: not found' } })
  }
})

test('GET /categories: from a cache at most CATALOG_REFRESH_SECONDS old', async () => {
  const before = Number(await leftOf(4))
  assert.equal((await order({ email: email(), category_id: 4 })).status, 201)
  const placedAt = Date.now()
  await until(
    () => leftOf(4),
    (left) => left === before - 1,
  )
  const seconds = (Date.now() - placedAt) / 1_000
  assert.ok(seconds < catalogRefreshSeconds + 1, `seen after ${seconds} s`)
})

test('POST /orders: none left: 404 ticket: not found, and again when there is one', async () => {
  type Concert = { id: string; ticketTypes: { id: string; name: string }[] }
  const { events } = await ok(
    send<{ events: Concert[] }>(shop.nobody, 'GET /v1/events?category=concert'),
  )
  const concert = await ok(send<Concert>(shop.nobody, `GET /v1/events/${events[0]?.id}`))
  const [, type] = concert.ticketTypes
  const offer = (capacity: number) =>
    ok(
      send(shop.organiser, `PATCH /v1/events/${concert.id}/ticket-types/${type?.id}`, { capacity }),
    )
  const taken = 15_000 - Number(await leftOf(2))
  await offer(taken)
  const { status, body } = await until(
    () => order({ email: email(), category_id: 2 }),
    (answer) => answer.status !== 201,
  )
  assert.deepEqual({ status, body }, { status: 404, body: { message: 'ticket: not found' } })
  await until(
    () => leftOf(2),
    (left) => left === 0,
  )
  await offer(15_000)
  await until(
    () => order({ email: email(), category_id: 2 }),
    (answer) => answer.status === 201,
  )
})

test('POST /payments/callback: 200 and the order is paid, also at the gateway, and once', async () => {
  const { body } = await order({ email: email(), category_id: 3 })
  const { id } = body.data
  const both = await Promise.all([callBack(settled(id)), callBack(settled(id))])
  assert.deepEqual(
    both.map(({ status }) => status),
    [200, 200],
  )
  await becomes(id, 'paid')
  assert.equal((await callBack(settled(id))).status, 200)
  const list = await send<{ payments: { status: string }[] }>(
    shop.admin,
    `GET /v1/orders/${id}/payments`,
  )
  assert.deepEqual(
    list.body.payments.map(({ status }) => status),
    ['settled'],
  )
})

test('POST /payments/callback: what is no settlement settles nothing, an end ends it', async () => {
  const { body } = await order({ email: email(), category_id: 3 })
  const { id } = body.data
  const pending = { order_id: id, status_code: '201', transaction_status: 'pending' }
  assert.equal((await callBack(pending)).status, 200)
  assert.equal((await callBack({ ...pending, transaction_status: 'toString' })).status, 200)
  await becomes(id, 'pending')
  assert.equal((await callBack({ ...pending, transaction_status: 'expire' })).status, 200)
  await becomes(id, 'expired')
})

test('POST /payments/callback: 404 for an unknown order', async () => {
  for (const id of [`order-${randomUUID()}`, `user-${randomUUID()}`, 'x', "' or 1=1"]) {
    refused(await callBack(settled(id)), 404, id)
  }
})

test('POST /payments/callback: a signature that is there must be right', async () => {
  const { body } = await order({ email: email(), category_id: 1 })
  const { id } = body.data
  const forged = { ...settled(id), gross_amount: '3800000.00', signature_key: 'a'.repeat(128) }
  refused(await callBack(forged), 401)
  await becomes(id, 'pending')
})

/** As Midtrans signs it. */
function signed(order_id: string, gross_amount: string) {
  const status_code = '200'
  const signature_key = hash('sha512', `${order_id}${status_code}${gross_amount}${serverKey}`)
  return { order_id, status_code, gross_amount, transaction_status: 'settlement', signature_key }
}

test('POST /payments/callback: a signed one settles what the gateway confirms; unknown: 404', async () => {
  const { body } = await order({ email: email(), category_id: 4 })
  const { id } = body.data
  type Paid = { payments: { id: string; status: string }[] }
  const { body: list } = await until(
    () => send<Paid>(shop.admin, `GET /v1/orders/${id}/payments`),
    (seen) => seen.body.payments[0]?.status === 'open',
  )
  const paymentId = list.payments[0]!.id.replace('payment-', '')
  // Signed, but not true: the gateway knows of no payment.
  const notice = signed(paymentId, '2600000.00')
  assert.equal((await callBack(notice)).status, 200)
  assert.equal((await callBack(notice)).status, 200)
  await becomes(id, 'pending')
  refused(await callBack({ ...notice, gross_amount: '1.00' }), 401)
  refused(await callBack(signed(randomUUID(), '2600000.00')), 404)
})

test('POST /orders: should the bank have given the number away, the mail tells the new one', async () => {
  const { body: first } = await order({ email: email(), category_id: 5 })
  const next = String(Number(first.data.va_code.slice(5)) + 1).padStart(11, '0')
  const authorization = `Basic ${Buffer.from(`${serverKey}:`).toString('base64')}`
  const charge = {
    payment_type: 'bank_transfer',
    transaction_details: { order_id: randomUUID(), gross_amount: 10_000 },
    bank_transfer: { bank: 'bca', va_number: next },
  }
  const other = await ask(shop.nobody, 'POST /sandbox/midtrans/v2/charge', charge, {
    authorization,
  })
  assert.equal(other.body.va_numbers[0].va_number, `81278${next}`)

  const address = email()
  const { body } = await order({ email: address, category_id: 5 })
  assert.equal(body.data.va_code, `81278${next}`)
  type Known = { payment: { instructions: { vaNumber: string } | null } }
  const { body: known } = await until(
    () => send<Known>(shop.admin, `GET /v1/orders/${body.data.id}`),
    (seen) => seen.body.payment.instructions !== null,
  )
  const replaced = String(known.payment.instructions?.vaNumber)
  assert.notEqual(replaced, body.data.va_code)
  const mail = await until(
    () => mailTo(address),
    (text) => text !== undefined,
  )
  assert.ok(mail?.includes(replaced))
})

test('what there is not under its paths is refused with a message', async () => {
  const lines = ['GET /categories?a=%00', 'GET /orders', 'POST /health', 'PUT /payments/callback']
  for (const line of lines.concat('GET /orders/x', 'DELETE /categories')) {
    refused(await ask(shop.nobody, line), 404, line)
  }
})

test('tedx, POST /api/orders: 201 without a key when none is asked for', async () => {
  const { body: listed } = await ask(shop.nobody, 'GET /api/tickets')
  const user = { full_name: 'Sari Dewi', email: email(), no_hp: '081234567890' }
  const items = [{ ticketId: listed.data[0].id, quantity: 1 }]
  assert.equal((await ask(shop.nobody, 'POST /api/orders', { user, items })).status, 201)
})

test('POST /orders and /payments/callback: bad input is refused with a message, and changes nothing', async () => {
  const good = { email: email(), category_id: 1 }
  const bad: object[] = [
    { ...good, email: undefined },
    { ...good, email: 'nobody' },
    { ...good, email: 5 },
    { ...good, email: `${'a'.repeat(300)}@example.test` },
    { ...good, category_id: undefined },
    { ...good, category_id: '1' },
    { ...good, category_id: 1.5 },
    { ...good, category_id: null },
    { ...good, category_id: [1] },
  ]
  for (const body of bad) refused(await order(body), 400, JSON.stringify(body))
  for (const [what, body, headers] of absurdBodies) {
    const answer = await order(body, headers)
    assert.ok([400, 413, 415].includes(answer.status), what)
    refused(answer, answer.status, what)
  }
  for (const body of ['{', '[]', 'null', '{}', '{"order_id":5}', undefined]) {
    refused(await callBack(body), 400, body)
  }
  refused(await callBack(tenMegabytes), 413)
  for (const [name, value] of [
    ['order_id', undefined],
    ['order_id', 'x'.repeat(101)],
    ['status_code', 200],
    ['transaction_status', undefined],
    ['transaction_status', null],
    ['signature_key', 5],
  ] as const) {
    refused(await callBack({ ...settled('x'), [name]: value }), 400, name)
  }
  assert.equal((await order(good)).status, 201)
})

test(`${clients} clients list, order and pay three of four: only 200, 201, 404 and 409 are seen`, async (t) => {
  const end = Date.now() + seconds * 1_000
  const seen = new Map<number, number>()
  const paid: string[] = []
  const note = ({ status }: ForeignAnswer) => seen.set(status, (seen.get(status) ?? 0) + 1)

  async function play(client: number): Promise<void> {
    for (let round = 0, orders = 0; Date.now() < end; round++) {
      note(await ask(shop.nobody, 'GET /categories'))
      // Now and then an e-mail that has a ticket, and a category that is not there.
      const address = round % 3 === 2 ? `again-${client}@example.test` : email()
      const category_id = round % 5 === 4 ? 9 : (round % 5) + 1
      const placed = await order({ email: address, category_id })
      note(placed)
      if (placed.status !== 201 || orders++ % 4 === 3) continue
      const { id } = placed.body.data
      note(await callBack(settled(id)))
      paid.push(id)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => play(client)))

  t.diagnostic(JSON.stringify(Object.fromEntries(seen)))
  const failures = shop.program.log.filter(({ msg }) => msg === 'request failed')
  assert.deepEqual(failures.slice(0, 3), [])
  assert.deepEqual(
    [...seen.keys()].filter((status) => ![200, 201, 404, 409].includes(status)),
    [],
  )
  assert.ok(paid.length > clients, `only ${paid.length} orders were paid`)
  for (const id of [paid[0], paid.at(-1)]) await becomes(String(id), 'paid')
})

test('an unpaid order is cancelled after CONCERT_CANCEL_SECONDS, and its ticket is free again', async () => {
  await becomes(unpaid.id, 'expired')
  assert.equal((await order({ email: unpaid.email, category_id: 1 })).status, 201)
})

test('every promise is kept afterwards', async () => {
  await until(
    async () => verified(shop.dataDir),
    ({ kept }) => kept,
  )
})
