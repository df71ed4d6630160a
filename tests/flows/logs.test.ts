import assert from 'node:assert'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import {
  becomes,
  logIn,
  ok,
  onSale,
  openShop,
  payAt,
  payPageOf,
  redeem,
  refusal,
  send,
  ticketsOf,
  until,
  wanted,
  type Order,
  type Shop,
} from '../support/shop.ts'

let shop: Shop
before(async () => {
  shop = await openShop({ LOG_LEVEL: 'trace', LOG_DIR: 'logs', WORKER: 'process' })
})
after(() => shop[Symbol.asyncDispose]())

/** Everything that any process of the program wrote to its log. */
async function logged(): Promise<string> {
  const folder = path.join(path.dirname(shop.dataDir), 'logs')
  const files = await readdir(folder)
  return (await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')))).join(
    '',
  )
}

test('the line of the start says who may sign in to try things out', () => {
  const ready = shop.program.log.find(({ msg }) => msg === 'ready')
  const { 'Demo accounts': accounts } = ready?.['addresses'] as Record<string, string>
  assert.equal(accounts, 'admin, organiser, staff, buyer, each @karcis.test')
})

const linesOf = (log: string, requestId: string) =>
  log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter((line) => line['requestId'] === requestId)

/** Which of the secrets and the personal data a log gives away. */
const givenAway = (log: string, secrets: Record<string, string>): string[] =>
  Object.entries(secrets).flatMap(([what, secret]) => (log.includes(secret) ? [what] : []))

const buyer = { name: 'Wulan Kartikasari', email: 'wulan.k@example.test', phone: '+6281298765432' }
const password = 'hujan di bulan juni'

test('the log of a whole order at its loudest names no secret and no person', async () => {
  const { nobody, staff } = shop
  const event = await onSale(shop)
  const { id: staffId } = await ok(send<{ id: string }>(staff, 'GET /v1/auth/me'))
  await ok(send(shop.organiser, `PUT /v1/events/${event.id}/staff/${staffId}`))

  // She registers, twice; logs in, also with a wrong password; and takes a new token.
  const account = { ...buyer, password }
  await ok(send(nobody, 'POST /v1/auth/register', account))
  await refusal(send(nobody, 'POST /v1/auth/register', account))
  await refusal(
    send(nobody, 'POST /v1/auth/login', { email: buyer.email, password: `x${password}` }),
  )
  type Tokens = { accessToken: string; refreshToken: string }
  const login = { email: buyer.email, password }
  const { refreshToken } = await ok(send<Tokens>(nobody, 'POST /v1/auth/login', login))
  const refreshed = await ok(send<Tokens>(nobody, 'POST /v1/auth/refresh', { refreshToken }))
  const wulan = await logIn(nobody, buyer.email, password)

  const order = await ok(
    send<Order>(
      wulan,
      'POST /v1/orders',
      wanted(event, { payment: { method: 'invoice' }, buyer }),
      {
        prefer: 'wait=10',
        'x-request-id': 'the-order-of-wulan',
      },
    ),
  )
  await ok(send(nobody, `GET /v1/orders/${order.id}?secret=${order.secret}`))
  await payAt(payPageOf(order))
  await becomes(wulan, order, 'paid')
  const [ticket] = await ticketsOf(wulan, order)
  assert(ticket)
  assert.equal((await redeem(staff, event, ticket.code)).result, 'ok')
  await refusal(send(nobody, `GET /v1/${buyer.email}/${buyer.phone}?token=${refreshToken}`))
  await fetch(`${shop.url}/dev/mail?q=${buyer.email}`)

  const secrets = {
    password,
    name: buyer.name,
    email: buyer.email,
    encodedEmail: encodeURIComponent(buyer.email),
    phone: buyer.phone,
    localPhone: buyer.phone.slice(3),
    accessToken: wulan.headers['authorization']?.slice('Bearer '.length) ?? '',
    refreshToken,
    newRefreshToken: refreshed.refreshToken,
    orderSecret: order.secret,
    ticketCode: ticket.code,
  }
  // The mail with the tickets is the last thing that happens.
  const log = await until(logged, (text) => text.includes('"type":"ticket.issued"'))
  assert.deepEqual(givenAway(log, secrets), [])
  for (const [what, secret] of Object.entries(secrets)) {
    assert.ok(secret.length > 8, what)
    assert.deepEqual(givenAway(`${log}{"msg":"${secret}"}`, { [what]: secret }), [what])
  }
})

test('the request of an order is named by all that it caused, in every process and message', async () => {
  const log = await until(logged, (text) =>
    ['payment.request', 'payment.requested', 'order.awaiting-payment'].every((message) =>
      linesOf(text, 'the-order-of-wulan').some(({ type }) => type === message),
    ),
  )
  const lines = linesOf(log, 'the-order-of-wulan')
  const split = process.env['TOPOLOGY'] === 'services'
  // Each process writes a file of its own, so the lines of several are in no order.
  // A message may be delivered again, and is then told of again.
  const said = (message: string, ...words: string[]) => {
    const told = lines.filter(({ msg }) => msg === message)
    return [...new Set(told.map((line) => words.map((word) => line[word]).join(' ')))].sort()
  }
  assert.deepEqual(
    said('request answered', 'process', 'method', 'path', 'statusCode'),
    (split ? ['booking', 'main'] : ['main']).map((process) => `${process} POST /v1/orders 201`),
  )
  assert.deepEqual(said('message delivered', 'type', 'module', 'process'), [
    `order.awaiting-payment notification ${split ? 'booking' : 'worker'}`,
    `payment.request payment ${split ? 'payment' : 'worker'}`,
    `payment.requested booking ${split ? 'booking' : 'worker'}`,
  ])

  // What follows the payment was caused by the webhook, a request of its own.
  const issued = log.split('\n').find((line) => line.includes('"type":"ticket.issue"'))
  assert.ok(issued)
  const { requestId } = JSON.parse(issued) as { requestId?: string }
  const paths = linesOf(log, requestId ?? '').map((line) => line['path'])
  assert.ok(paths.includes('/v1/webhooks/xendit'), `${requestId}: ${paths}`)
})
