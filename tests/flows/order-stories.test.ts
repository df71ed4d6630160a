import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  becomes,
  buy,
  leftOf,
  newUser,
  ok,
  onSale,
  openShop,
  orderOf,
  payAt,
  payPageOf,
  place,
  placeToPay,
  redeem,
  refusal,
  send,
  ticketsOf,
  until,
  verified,
  wanted,
  type Caller,
  type Order,
  type Shop,
  type ShopEvent,
} from '../support/shop.ts'

let shop: Shop
let sari: Caller
let budi: Caller
before(async () => {
  shop = await openShop({ CATALOG_REFRESH_SECONDS: '1' })
  ;[sari, budi] = await Promise.all([newUser(shop, 'Sari Dewi'), newUser(shop, 'Budi Santoso')])
})
after(() => shop[Symbol.asyncDispose]())

const cancel = (caller: Caller, { id }: Order) =>
  send<Order>(caller, `POST /v1/orders/${id}/cancel`)
const seated = { capacity: 4, seatsPerRow: 4 }
const lastTicket = { capacity: 1 }
const inDays = (days: number) => new Date(Date.now() + days * 24 * 3_600_000).toISOString()

/** Pays by another attempt, and waits until it can be paid. */
const payAgain = (caller: Caller, { id }: Order, key: string) =>
  send<Order>(
    caller,
    `POST /v1/orders/${id}/payments`,
    { method: 'invoice' },
    { 'idempotency-key': key, prefer: 'wait=10' },
  )

const sentAt = (timeline: { what: string; detail: object }[], type: string) => {
  const detail = timeline.find(({ what }) => what === type)?.detail as { sentAt: string }
  assert(Date.now() - Date.parse(detail.sentAt) < 60_000, 'sent just now')
  return { sentAt: detail.sentAt }
}

/** An order of which the hold ran out while its payment page was open. */
async function expiredUnpaid(caller: Caller, event: ShopEvent): Promise<[Order, string]> {
  const order = await placeToPay(caller, event)
  await becomes(caller, order, 'expired')
  return [order, payPageOf(order)]
}

// Each story has an event of its own, so that they can be told at the same time.
describe('before the payment', { concurrency: 4 }, () => {
  test('a cancelled order sets its seat free for the next buyer', async () => {
    const event = await onSale(shop, seated)
    const order = await ok(place(sari, event, { seats: ['A2'] }))
    assert.equal(await refusal(place(budi, event, { seats: ['A2'] })), '409 seat-taken')

    assert.equal((await ok(cancel(sari, order))).status, 'cancelled')
    assert.deepEqual((await ok(place(budi, event, { seats: ['A2'] }))).items[0]?.seats, ['A2'])
    assert.equal(await refusal(cancel(sari, order)), '409 order-not-live')
  })

  test('a hold that runs out sets its seat free, and its order cannot be paid', async () => {
    const event = await onSale(shop, seated, { holdSeconds: 1 })
    const order = await ok(place(sari, event, { seats: ['A1'] }))
    assert.equal(order.expiresInSeconds <= 1, true)

    const expired = await becomes(sari, order, 'expired')
    assert.equal(expired.expiresInSeconds, 0)
    assert.equal(await refusal(payAgain(sari, order, randomUUID())), '409 order-not-payable')
    await ok(place(budi, event, { seats: ['A1'] }))
  })

  test('a payment page that is left alone expires with the order', async () => {
    const event = await onSale(shop, lastTicket, { holdSeconds: 2 })
    const [, payPage] = await expiredUnpaid(sari, event)
    assert.match(await (await fetch(payPage)).text(), /Sudah berakhir/)
    const refused = await fetch(`${payPage}/pay`, { method: 'POST' })
    assert.equal(refused.status, 409, 'nobody can pay it by mistake')
  })

  test('what is sold out is sold out, and only for as long as it is', async () => {
    const event = await onSale(shop, { capacity: 3 })
    const first = await ok(place(sari, event, { quantity: 2 }))
    assert.equal(await refusal(place(budi, event, { quantity: 2 })), '409 sold-out')
    await ok(place(budi, event))
    assert.equal(await refusal(place(budi, event)), '409 sold-out')
    await until(
      () => leftOf(shop, event),
      (left) => left === 0,
    )

    await ok(cancel(sari, first))
    await ok(place(budi, event, { quantity: 2 }))
  })

  test('nobody buys before the sale has begun or after it has ended', async () => {
    const early = await onSale(shop, { validFrom: inDays(1) })
    assert.equal(await refusal(place(sari, early)), '409 sales-not-started')
    const late = await onSale(shop, { validFrom: inDays(-2), validUntil: inDays(-1) })
    assert.equal(await refusal(place(sari, late)), '409 sales-ended')
    const soon = new Date(Date.now() + 1_500).toISOString()
    const open = await onSale(shop, { validFrom: soon })
    assert.equal(await refusal(place(sari, open)), '409 sales-not-started')
    await sleep(Date.parse(soon) - Date.now() + 20)
    await ok(place(sari, open))
  })

  test('an order has its limit', async () => {
    const event = await onSale(shop, { ticketsPerOrderMax: 2 })
    assert.equal(await refusal(place(sari, event, { quantity: 3 })), '422 too-many-tickets')
    await ok(place(sari, event, { quantity: 2 }))
    await ok(place(sari, event, { quantity: 2 }))
  })

  test('a buyer has a limit, which a cancelled order does not count for', async () => {
    const once = await onSale(shop, {}, { ordersPerBuyerMax: 1 })
    const order = await ok(place(sari, once))
    assert.equal(await refusal(place(sari, once)), '409 order-limit-reached')
    await ok(place(budi, once))
    await ok(cancel(sari, order))
    await ok(place(sari, once))

    const three = await onSale(shop, {}, { ticketsPerBuyerMax: 3 })
    await ok(place(sari, three, { quantity: 2 }))
    assert.equal(await refusal(place(sari, three, { quantity: 2 })), '409 ticket-limit-reached')
    await ok(place(sari, three))
  })

  test('a limit holds for the buyer who presses many times at once', async () => {
    const event = await onSale(shop, {}, { ordersPerBuyerMax: 1 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => place(sari, event)))
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    assert.equal(answers.filter(({ status }) => status === 409).length, 19)
  })

  test('the same request again finds the order it placed, and another one is refused', async () => {
    const event = await onSale(shop)
    const key = { 'idempotency-key': randomUUID() }
    const request = (quantity: number, caller = sari) =>
      send<Order>(caller, 'POST /v1/orders', wanted(event, { quantity }), key)
    const [first, ...again] = await Promise.all(Array.from({ length: 5 }, () => ok(request(2))))
    for (const { id, secret } of again) assert.deepEqual([id, secret], [first?.id, first?.secret])
    assert.equal(await refusal(request(1)), '422 idempotency-key-reused')

    const other = await ok(request(2, budi))
    assert.notEqual(other.id, first?.id, 'the keys of two buyers have nothing to do with another')
    await until(
      () => leftOf(shop, event),
      (left) => left === 6,
    )
  })
})

describe('with a payment', { concurrency: 4 }, () => {
  test('a buyer tries again another way, and pays only once', async () => {
    const event = await onSale(shop)
    const order = await placeToPay(sari, event)
    const key = randomUUID()
    const second = await ok(payAgain(sari, order, key))
    assert.notEqual(payPageOf(second), payPageOf(order))
    const repeated = await ok(payAgain(sari, order, key))
    assert.equal(repeated.payment?.id, second.payment?.id, 'the same attempt')

    await payAt(payPageOf(second))
    await becomes(sari, order, 'paid')
    const closed = await fetch(`${payPageOf(order)}/pay`, { method: 'POST' })
    assert.equal(closed.status, 409, 'the first page is closed')
  })

  test('a paid order of a refundable event is given back, and its ticket with it', async () => {
    const event = await onSale(shop, lastTicket, { refundable: true })
    const order = await buy(sari, event)
    const [ticket] = await ticketsOf(sari, order)
    assert.equal(await refusal(place(budi, event)), '409 sold-out')

    assert.equal((await ok(cancel(sari, order))).status, 'refunding')
    await becomes(sari, order, 'refunded')
    await ok(place(budi, event))
    assert.equal((await redeem(shop.organiser, event, String(ticket?.code))).result, 'revoked')
    assert.equal(await refusal(cancel(sari, order)), '409 order-not-live')
  })

  test('the timeline of an order tells its whole life to those who run the event', async () => {
    const event = await onSale(shop, lastTicket, { refundable: true })
    const order = await buy(sari, event)
    await ok(cancel(sari, order))
    type Entry = { at: string; kind: string; what: string; from: string; detail: object }
    type Told = { status: string; timeline: Entry[] }
    const path = `/v1/orders/${order.id}/timeline`
    const told = await until(
      () => ok(send<Told>(shop.organiser, `GET ${path}`)),
      ({ timeline }) =>
        timeline.filter(({ kind }) => kind === 'mail').length === 4 &&
        timeline.every(({ detail }) => !('sentAt' in detail) || detail.sentAt !== null),
    )
    assert.equal(told.status, 'refunded')
    const { timeline } = told
    const of = (from: string, kind: string) =>
      timeline.filter((one) => one.from === from && one.kind === kind).map(({ what }) => what)
    assert.deepEqual(of('booking', 'state'), ['pending', 'paid', 'refunding', 'refunded'])
    assert.deepEqual(
      of('booking', 'message'),
      ['payment.request', 'order.awaiting-payment', 'ticket.issue', 'order.paid'].concat(
        ...['ticket.revoke', 'payment.refund', 'order.refunding', 'order.refunded'],
      ),
    )
    assert.deepEqual(of('payment', 'state'), ['request accepted', 'refund accepted'])
    const answers = of('payment', 'gateway-call')
    assert.deepEqual(
      answers.filter((what, i) => what !== answers[i - 1]),
      ['reported open', 'reported paid', 'refund reported done'],
    )
    assert.deepEqual(of('payment', 'message'), [
      'payment.requested',
      'payment.settled',
      'payment.refunded',
    ])
    assert.deepEqual(of('admission', 'state'), ['tickets issued', 'tickets revoked'])
    assert.deepEqual(of('admission', 'message'), ['ticket.issued'])
    assert.equal(of('notification', 'mail').length, 4)
    const instants = timeline.map(({ at }) => at)
    assert.deepEqual(instants, instants.toSorted())
    assert.deepEqual(timeline.find(({ what }) => what === 'payment.settled')?.detail, {
      paymentId: order.payment?.id,
      amount: 150_000,
      ...sentAt(timeline, 'payment.settled'),
    })

    assert.deepEqual(await ok(send(shop.admin, `GET ${path}`)), told)
    for (const stranger of [sari, budi, shop.staff]) {
      assert.equal(await refusal(send(stranger, `GET ${path}`)), '404 order-not-found')
    }
    assert.equal(
      await refusal(send(sari, `GET ${path}?secret=${order.secret}`)),
      '404 order-not-found',
    )
  })

  test('a paid order of any other event stays as it is', async () => {
    const event = await onSale(shop, lastTicket, { refundable: false })
    const order = await buy(sari, event)
    assert.equal(await refusal(cancel(sari, order)), '409 order-not-refundable')

    const [ticket] = await ticketsOf(sari, order)
    assert.equal((await redeem(shop.organiser, event, String(ticket?.code))).result, 'ok')
    assert.equal((await orderOf(sari, order)).status, 'paid')
  })

  test('when the organiser cancels the event, all get back what they paid', async () => {
    const event = await onSale(shop, {}, { refundable: false })
    const [paid, unpaid] = [await buy(sari, event), await ok(place(budi, event))]
    const cancelling = { cancelOrders: true }
    await ok(send(shop.organiser, `POST /v1/events/${event.id}/cancel`, cancelling))

    await becomes(sari, paid, 'refunded')
    await becomes(budi, unpaid, 'cancelled')
    const [ticket] = await ticketsOf(sari, paid)
    assert.equal(ticket?.status, 'revoked')
    assert.equal(await refusal(place(budi, event)), '409 event-cancelled')
  })

  test('money that comes too late still buys the ticket while there is one', async () => {
    const event = await onSale(shop, lastTicket, { holdSeconds: 1 })
    const [order, payPage] = await expiredUnpaid(sari, event)
    await payAt(payPage, { late: true })

    await becomes(sari, order, 'paid')
    assert.equal((await ticketsOf(sari, order)).length, 1)
    assert.equal(await refusal(place(budi, event)), '409 sold-out')
  })

  test('money that comes too late is given back when the ticket is gone', async () => {
    const event = await onSale(shop, lastTicket, { holdSeconds: 1 })
    const [order, payPage] = await expiredUnpaid(sari, event)
    const next = await placeToPay(budi, event)
    await payAt(payPage, { late: true })
    await payAt(payPageOf(next))

    await becomes(sari, order, 'refunded')
    await becomes(budi, next, 'paid')
  })

  test('money that comes for a cancelled order is given back', async () => {
    const event = await onSale(shop)
    const order = await placeToPay(sari, event)
    await ok(cancel(sari, order))
    await until(
      async () => (await fetch(payPageOf(order))).text(),
      (page) => page.includes('Sudah berakhir'),
    )
    await payAt(payPageOf(order), { late: true })
    await becomes(sari, order, 'refunded')
  })
})

describe('who may', { concurrency: 4 }, () => {
  test('a guest has a name to see and an address to write to, as a user has', async () => {
    const event = await onSale(shop)
    const fit = { name: 'Tamu', email: 'tamu@example.test', phone: '+62 812-3456' }
    const unfit = [
      { ...fit, name: ' ' },
      { ...fit, name: '\u200b\u202e' },
      { ...fit, email: 'tamu@example.test\u202e' },
      { ...fit, phone: 'call me' },
    ]
    for (const buyer of unfit) {
      const refused = await refusal(place(shop.nobody, event, { buyer }))
      assert.equal(refused, '400 invalid-request', JSON.stringify(buyer))
    }
    await ok(place(shop.nobody, event, { buyer: fit }))
  })

  test('a guest order opens to its secret and to nobody else', async () => {
    const event = await onSale(shop)
    const buyer = { name: 'Tamu', email: 'tamu@example.test' }
    const order = await ok(place(shop.nobody, event, { buyer }))
    const path = `/v1/orders/${order.id}`
    const { secret, ...shown } = order
    const guest = { ...shop.nobody, headers: { 'x-order-secret': secret } }
    const { expiresInSeconds, ...seen } = await orderOf(guest, order)
    assert(expiresInSeconds <= shown.expiresInSeconds)
    assert.deepEqual({ ...seen, expiresInSeconds: shown.expiresInSeconds }, shown)
    await ok(send(shop.nobody, `GET ${path}?secret=${secret}`))

    const wrong = { ...shop.nobody, headers: { 'x-order-secret': `${secret.slice(0, -1)}!` } }
    for (const other of [shop.nobody, wrong, sari, shop.staff]) {
      assert.equal(await refusal(send(other, `GET ${path}`)), '404 order-not-found')
      assert.equal(await refusal(send(other, `POST ${path}/cancel`)), '404 order-not-found')
      assert.equal(await refusal(send(other, `GET ${path}/tickets`)), '404 order-not-found')
      assert.equal(await refusal(send(other, `GET ${path}/payments`)), '404 order-not-found')
    }
    assert.equal((await orderOf(shop.organiser, order)).status, 'pending')
    assert.equal((await ok(cancel(guest, order))).status, 'cancelled')
  })

  test("another user's order is answered like one that does not exist", async () => {
    const event = await onSale(shop)
    const order = await ok(place(sari, event))
    const strange = await send(budi, `GET /v1/orders/${order.id}`)
    const missing = await send(budi, `GET /v1/orders/order-${randomUUID()}`)
    const [one, other] = [strange, missing].map(({ status, body }) => {
      return { status, ...(body as object), requestId: undefined }
    })
    assert.deepEqual(one, other)
    assert.equal(await refusal(payAgain(budi, order, randomUUID())), '404 order-not-found')
    type Listed = { orders: Order[] }
    const { orders } = await ok(send<Listed>(budi, 'GET /v1/orders?limit=100'))
    assert(orders.every(({ id }) => id !== order.id))
  })

  test("nobody does what is another role's, or sees it", async () => {
    const event = await onSale(shop)
    assert.equal(await refusal(send(sari, 'POST /v1/events', {})), '403 forbidden')
    assert.equal(await refusal(send(shop.organiser, 'GET /v1/users')), '403 forbidden')
    assert.equal(await refusal(send(shop.nobody, 'GET /v1/users')), '401 unauthenticated')
    await ok(send(shop.admin, 'GET /v1/users'))
    const path = `/v1/events/${event.id}`
    assert.equal(await refusal(send(sari, `GET ${path}/orders`)), '404 event-not-found')
    assert.equal(await refusal(send(sari, `POST ${path}/cancel`)), '403 forbidden')
    assert.equal(await refusal(send(sari, `GET ${path}/check-ins`)), '404 event-not-found')
  })
})

test('after all of these stories every promise is kept', () => {
  const { kept, printed } = verified(shop.dataDir)
  assert(kept, printed)
})
