import assert from 'node:assert'
import { after, before, suite, test } from 'node:test'
import {
  becomes,
  newUser,
  ok,
  onSale,
  openShop,
  orderOf,
  payAt,
  payPageOf,
  place,
  placeToPay,
  send,
  ticketsOf,
  until,
  verified,
  type Caller,
  type Shop,
} from '../support/shop.ts'

const skip = process.env['TOPOLOGY'] !== 'services' && 'TOPOLOGY is not services'

suite('a service that is killed', { skip }, () => {
  let shop: Shop
  let buyer: Caller
  before(async () => {
    // What came through the process in front counts as from elsewhere.
    shop = await openShop({ SANDBOX_CONTROL: 'anyone' })
    buyer = await newUser(shop)
  })
  after(() => shop[Symbol.asyncDispose]())

  /** Kills the process of a service, which is started again at once. */
  function kill(service: string): void {
    const line = shop.program.log.findLast(
      ({ process, msg }) => process === service && String(msg).startsWith('Server listening'),
    )
    process.kill(Number(line?.['pid']), 'SIGKILL')
  }

  /** What the gateway says of a route whose process is away, until it is back. */
  async function awayUntilBack(line: string, body?: unknown): Promise<void> {
    const { status, headers, body: problem } = await send<{ code: string }>(buyer, line, body)
    assert.deepEqual([status, problem.code], [503, 'unavailable'])
    assert(Number(headers.get('retry-after')) > 0)
    await until(
      () => send(buyer, line, body),
      (answer) => answer.status !== 503,
    )
  }

  test('payment: tickets are still held, and paid when it is back', async () => {
    const event = await onSale(shop)
    kill('payment')
    const order = await ok(place(buyer, event, { payment: { method: 'invoice' } }))
    assert.equal(order.payment?.instructions, null)
    await awayUntilBack('GET /v1/payment-methods')
    const payable = await until(
      () => orderOf(buyer, order),
      (seen) => seen.payment?.instructions != null,
    )
    await payAt(payPageOf(payable))
    await becomes(buyer, order, 'paid')
    assert.equal((await ticketsOf(buyer, order)).length, 1)
  })

  test('webhooks come in at the process in front, whose address outlives the services', async () => {
    const order = await placeToPay(buyer, await onSale(shop))
    await payAt(payPageOf(order))
    await becomes(buyer, order, 'paid')
    const line = 'GET /sandbox/control/deliveries?limit=1'
    const { deliveries } = await ok(send<{ deliveries: { url: string }[] }>(shop.nobody, line))
    assert.deepEqual(
      deliveries.map(({ url }) => url),
      [`${shop.url}/v1/webhooks/xendit`],
    )
  })

  test('booking: money that arrives meanwhile buys the tickets when it is back', async () => {
    const event = await onSale(shop)
    const order = await placeToPay(buyer, event)
    kill('booking')
    await payAt(payPageOf(order))
    await awayUntilBack(`GET /v1/orders/${order.id}`)
    await becomes(buyer, order, 'paid')
    assert.equal((await ticketsOf(buyer, order)).length, 1)
  })

  test('catalog: what is on sale is still sold', async () => {
    const event = await onSale(shop)
    kill('catalog')
    await ok(place(buyer, event))
    await awayUntilBack(`GET /v1/events/${event.id}`)
  })

  test('identity: whoever is signed in still buys', async () => {
    const event = await onSale(shop)
    kill('identity')
    await ok(place(buyer, event))
    const login = { email: 'buyer@karcis.test', password: 'karcis-demo' }
    await awayUntilBack('POST /v1/auth/login', login)
  })

  test('nothing is lost by any of it', async () => {
    const { kept, printed } = await until(
      async () => verified(shop.dataDir),
      ({ kept }) => kept,
    )
    assert(kept, printed)
  })
})
