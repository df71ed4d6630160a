import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bareId, toPublicId } from '../../src/kernel/id.ts'
import { placeOrder } from '../../src/modules/booking/use-cases/place-order.ts'
import type { PaymentMethod } from '../../src/modules/payment/contract.ts'
import { newId } from '../../src/platform/ids.ts'
import {
  leftOf,
  ok,
  onSale,
  orderOf,
  place,
  redeem,
  send,
  ticketsOf,
  type Caller,
  type Order,
  type ShopEvent,
} from '../support/shop.ts'
import { callbackToken, openWholeShop, type WholeShop } from '../support/whole-shop.ts'

/**
 * What is known to go wrong between a shop and its gateways (docs/payments.md), one test each: an
 * order placed over HTTP, a gateway that misbehaves, and every promise kept in the end. No fault is
 * left that did not befall anything, and no money waits for a person.
 */

let shop: WholeShop
let event: ShopEvent
before(async () => {
  shop = await openWholeShop()
  event = await onSale(shop, { capacity: 1_000 }, { refundable: true })
})
after(() => shop[Symbol.asyncDispose]())
afterEach(async () => {
  assert.equal(await shop.verified(), 0)
  const { faults } = await shop.control<{ faults: object[] }>('GET ')
  assert.deepEqual(faults, [])
})

type Choice = { gateway?: string; method: string; channel?: string }
const invoice: Choice = { gateway: 'xendit', method: 'invoice' }
const dana: Choice = { gateway: 'xendit', method: 'ewallet', channel: 'dana' }
const gopay: Choice = { gateway: 'midtrans', method: 'ewallet', channel: 'gopay' }
const qris: Choice = { gateway: 'midtrans', method: 'qris' }
const va = (gateway: string, channel: string): Choice => ({ gateway, method: 'va', channel })

type Placed = { as: Caller; id: string; reference: string; email: string }
type OfGateway = {
  kind: string
  status: string
  number: string | null
  money: object | null
  refunds: { status: string }[]
}
type Delivery = {
  id: string
  event: string
  body: Record<string, unknown>
  log: { outcome: number | string }[]
}

/** An order of one ticket, whose payment was asked for once. */
async function ordered(payment: Choice, at = event): Promise<Placed> {
  const buyer = { name: 'Sari Dewi', email: `${randomUUID()}@example.test`, phone: '+62812345678' }
  const { id, secret } = await ok(place(shop.nobody, at, { buyer, payment }))
  const as = { ...shop.nobody, headers: { 'x-order-secret': secret } }
  await shop.rest()
  return { as, id, reference: await referenceOf(as, id), email: buyer.email }
}
/** What the gateways know the newest payment of an order by. */
async function referenceOf(as: Caller, id: string): Promise<string> {
  type Payments = { payments: { id: string }[] }
  const { payments } = await ok(send<Payments>(as, `GET /v1/orders/${id}/payments`))
  return payments.at(-1)!.id.replace('payment-', '')
}
const seen = ({ as, id }: Placed): Promise<Order> => orderOf(as, { id } as Order)
const statusOf = async (placed: Placed) => (await seen(placed)).status
const instructionsOf = async (placed: Placed) => (await seen(placed)).payment?.instructions

const set = (fault: string, more: object = {}) => shop.control('POST /faults', { fault, ...more })

/** What happens at the gateway, and all that follows within the moment. */
async function atGateway({ reference }: Placed, deed: string, how: object = {}): Promise<void> {
  await shop.control(`POST /payments/${reference}/${deed}`, how)
  await shop.rest()
}
async function bought(payment: Choice, how: object = {}): Promise<Placed> {
  const placed = await ordered(payment)
  await atGateway(placed, 'pay', how)
  return placed
}
const ofGateway = async ({ reference }: Placed): Promise<OfGateway[]> =>
  (await shop.control<{ payments: OfGateway[] }>(`GET /payments?about=${reference}`)).payments

/** Webhooks about a payment, oldest first. */
const deliveriesOf = async ({ reference }: Placed): Promise<Delivery[]> => {
  const path = `GET /deliveries?about=${reference}`
  return (await shop.control<{ deliveries: Delivery[] }>(path)).deliveries.toReversed()
}
const deliveryOf = async (placed: Placed, name: string): Promise<Delivery> =>
  (await deliveriesOf(placed)).find((one) => one.event === name)!

/** Nobody can change a payment until this is released. */
async function lockOn({ reference }: Placed) {
  const client = await shop.pool.connect()
  await client.query('begin')
  await client.query('select from payment.payments where id = $1 for update', [reference])
  let held = true
  const release = async () => {
    if (held) await client.query('rollback').finally(() => client.release())
    held = false
  }
  return { release, [Symbol.asyncDispose]: release }
}

/** How often the shop itself told of something in the life of an order. */
async function timesTold({ id }: Placed, message: string): Promise<number> {
  type Life = { timeline: { what: string }[] }
  const { timeline } = await ok(send<Life>(shop.organiser, `GET /v1/orders/${id}/timeline`))
  return timeline.filter(({ what }) => what === message).length
}

/** The order is paid, and has the one ticket that it paid for. */
async function hasItsTicket({ as, id }: Placed): Promise<string> {
  const order = await orderOf(as, { id } as Order)
  assert.equal(order.status, 'paid')
  const tickets = await ticketsOf(as, order)
  assert.deepEqual(
    tickets.map(({ status }) => status),
    ['valid'],
  )
  return tickets[0]!.code
}

/** The organiser gives a paid order back. */
async function cancelled({ id }: Placed): Promise<void> {
  await ok(send(shop.organiser, `POST /v1/orders/${id}/cancel`))
  await shop.rest()
  await shop.pass(5)
}
type Refunds = { refunds: { refundId: string; orderId: string; status: string }[] }
const refundsOf = async ({ id }: Placed, query = '') =>
  (await ok(send<Refunds>(shop.admin, `GET /v1/refunds?${query}`))).refunds.filter(
    ({ orderId }) => orderId === id,
  )

/** A person pays out what the gateway could not give back. */
async function paidOut(placed: Placed): Promise<void> {
  const [due] = await refundsOf(placed, 'status=refund_due')
  assert(due, 'it is on the list of what is due')
  const note = { reference: 'TRX-1', note: 'To the account that the buyer named.' }
  await ok(send(shop.admin, `POST /v1/refunds/${due.refundId}/paid-out`, note))
  await shop.rest()
}

/** What the buyer was told by mail, in order. */
async function mailsTo({ email }: Placed): Promise<string[]> {
  type Mailbox = { mails: { subject: string }[] }
  const { mails } = await ok(send<Mailbox>(shop.nobody, `GET /dev/mail.json?to=${email}`))
  return mails.map(({ subject }) => subject.replace(`: ${event.title}`, '')).reverse()
}

/** What the shop answers to a webhook that anyone may have sent. */
async function deliver(gateway: string, body: unknown, token = callbackToken): Promise<number> {
  const response = await fetch(`${shop.nobody.url}/v1/webhooks/${gateway}`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      ...(gateway === 'xendit' && { 'x-callback-token': token }),
    },
    body: JSON.stringify(body),
  })
  await shop.rest()
  return response.status
}
type Webhooks = { webhooks: { status: string; body: string }[] }
const webhooksAbout = async ({ reference }: Pick<Placed, 'reference'>) =>
  (await ok(send<Webhooks>(shop.admin, 'GET /v1/webhooks?limit=100'))).webhooks.filter(({ body }) =>
    body.includes(reference),
  )

test('1 Duplicate webhooks', async () => {
  for (const payment of [invoice, gopay]) {
    const placed = await ordered(payment)
    const paid = payment === invoice ? 'invoice.paid' : 'settlement'
    await set('duplicate', { about: placed.reference, operation: paid })
    await atGateway(placed, 'pay')
    const { id } = await deliveryOf(placed, paid)
    await shop.control(`POST /deliveries/${id}/duplicate`)
    await hasItsTicket(placed)
    const told = (await deliveriesOf(placed)).filter((one) => one.event === paid)
    assert.deepEqual(
      told.map(({ log }) => log[0]?.outcome),
      [200, 200, 200, 200],
    )
    const kept = (await webhooksAbout(placed)).filter(({ body }) => !/pending/.test(body))
    assert.deepEqual(
      kept.map(({ status }) => status),
      ['processed'],
    )
  }
})

test('2 Two different webhooks for one payment', async () => {
  const page = await bought({ gateway: 'xendit', method: 'page' }, { channel: 'DANA' })
  const events = (await deliveriesOf(page)).map((one) => one.event)
  assert.deepEqual(events.sort(), ['payment.capture', 'payment_session.completed'])
  await hasItsTicket(page)
  assert.equal(await timesTold(page, 'payment.settled'), 1)

  const back = await bought(gopay)
  await cancelled(back)
  const told = (await deliveriesOf(back)).filter((one) => one.event === 'refund')
  assert.equal(told.length, 2)
  assert.equal(await statusOf(back), 'refunded')
  assert.equal(await timesTold(back, 'payment.refunded'), 1)
  assert.deepEqual(
    (await ofGateway(back))[0]?.refunds.map(({ status }) => status),
    ['succeeded'],
  )
})

test('3 Webhook before the create response is stored', async () => {
  for (const [payment, operation] of [
    [invoice, 'create-invoice'],
    [gopay, 'charge'],
  ] as const) {
    await set('webhook-before-answer', { operation })
    await hasItsTicket(await ordered(payment))
  }
  const reference = randomUUID()
  const unknown = { id: 'f'.repeat(24), external_id: reference, status: 'PAID' }
  assert.equal(await deliver('xendit', unknown), 200)
  const kept = await webhooksAbout({ reference })
  assert.deepEqual(
    kept.map(({ status }) => status),
    ['unknown'],
  )
})

test('4 Lost create response', async () => {
  for (const [payment, operation] of [
    [invoice, 'create-invoice'],
    [va('midtrans', 'permata'), 'charge'],
  ] as const) {
    await set('answer-lost', { operation })
    // Else it tells how to pay as well.
    if (operation === 'charge') await set('drop', { operation: 'pending' })
    const placed = await ordered(payment)
    assert.equal(await instructionsOf(placed), null)
    await shop.pass(5)
    assert(await instructionsOf(placed))
    assert.equal((await ofGateway(placed)).length, 1)
    await atGateway(placed, 'pay')
    await hasItsTicket(placed)
  }
})

test('5 Late payment after expiry', async () => {
  for (const [payment, paid] of [
    [invoice, 'invoice.paid'],
    [qris, 'settlement'],
  ] as const) {
    const last = await onSale(shop, { capacity: 1 })
    const late = await ordered(payment, last)
    await shop.pass(1_000)
    assert.equal(await statusOf(late), 'expired')
    await set('drop', { about: late.reference, operation: paid })
    await atGateway(late, 'pay', { late: true })
    // Nobody tells of it, so it is found an hour after its end.
    await shop.pass(3_600)
    await hasItsTicket(late)
    assert.equal((await ofGateway(late))[0]?.status, 'expired')

    const gone = await onSale(shop, { capacity: 1 })
    const later = await ordered(payment, gone)
    await shop.pass(1_000)
    const other = await ordered(invoice, gone)
    await atGateway(other, 'pay')
    await atGateway(later, 'pay', { late: true })
    await shop.pass(5)
    assert.equal(await statusOf(later), 'refunded')
    await hasItsTicket(other)
  }
})

test('6 Expire/settle race', async () => {
  const brief = await onSale(shop, {}, { holdSeconds: 60 })
  for (const [payment, paid] of [
    [invoice, 'invoice.paid'],
    [va('midtrans', 'bni'), 'settlement'],
  ] as const) {
    const placed = await ordered(payment, brief)
    await set('drop', { about: placed.reference, operation: paid })
    await atGateway(placed, 'pay')
    assert.equal(await statusOf(placed), 'pending')
    // The hold ends before anyone asks: closing it at the gateway is what finds the money.
    await shop.pass(62)
    await hasItsTicket(placed)
  }
})

test('7 Settlement reversed', async () => {
  const left = await leftOf(shop, event)
  const placed = await bought(va('midtrans', 'permata'))
  const code = await hasItsTicket(placed)
  await atGateway(placed, 'reverse')
  assert.equal(await statusOf(placed), 'expired')
  assert.equal((await redeem(shop.organiser, event, code)).result, 'revoked')
  await shop.pass(5)
  assert.equal(await leftOf(shop, event), left)
})

test('8 Out-of-order', async () => {
  await set('hold', { operation: 'pending' })
  const placed = await bought(gopay)
  await shop.control('POST /deliveries/release', {})
  await hasItsTicket(placed)

  const late = await ordered(invoice)
  await set('hold', { operation: 'invoice.expired', about: late.reference })
  await atGateway(late, 'expire')
  await atGateway(late, 'pay', { late: true })
  await shop.control('POST /deliveries/release', {})
  await shop.rest()
  await hasItsTicket(late)
})

test('9 Signature fails because of decimals', async () => {
  const placed = await ordered(gopay)
  await set('drop', { about: placed.reference, operation: 'settlement' })
  await atGateway(placed, 'pay')
  const { body } = await deliveryOf(placed, 'settlement')
  assert.equal(body['gross_amount'], '150000.00')
  for (const reformatted of ['150000', '150000.0', 150_000]) {
    assert.equal(await deliver('midtrans', { ...body, gross_amount: reformatted }), 401)
  }
  assert.equal(await statusOf(placed), 'pending')
  assert.equal(await deliver('midtrans', body), 200)
  await hasItsTicket(placed)
})

test('10 gross_amount ≠ ordered amount', async () => {
  for (const payment of [qris, va('midtrans', 'bni')]) {
    const placed = await bought(payment, { fee: 1_071 })
    const { body } = await deliveryOf(placed, 'settlement')
    assert.equal(body['gross_amount'], '151071.00')
    await hasItsTicket(placed)
  }
})

test('11 Wrong / partial VA amount', async () => {
  type Parked = { payments: { paymentId: string; paid: { amount: number } }[] }
  for (const gateway of ['xendit', 'midtrans']) {
    for (const [amount, decision] of [
      [149_999, 'accept'],
      [60_000, 'refund'],
      [200_000, 'refund'],
    ] as const) {
      const placed = await bought(va(gateway, 'bca'), { amount })
      assert.equal(await statusOf(placed), 'pending')
      const path = 'GET /v1/payments?status=mismatch&refund=none'
      const [parked] = (await ok(send<Parked>(shop.admin, path))).payments
      assert(parked)
      assert.equal(parked.paid.amount, amount)
      const decide = `POST /v1/payments/${parked.paymentId}/${decision}`
      await ok(send(shop.admin, decide, { note: 'The buyer rang.' }))
      await shop.rest()
      if (decision === 'accept') {
        await hasItsTicket(placed)
        assert.deepEqual(await mailsTo(placed), [
          'Selesaikan pembayaran',
          'Jumlah pembayaran berbeda',
          'E-tiket Anda',
        ])
        continue
      }
      const [due] = await refundsOf(placed, 'status=refund_due')
      await ok(send(shop.admin, `POST /v1/refunds/${due?.refundId}/retry`))
      await shop.rest()
      await paidOut(placed)
      const news = ['Pengembalian dana tertunda', 'Pembayaran dikembalikan']
      assert.deepEqual(await mailsTo(placed), [
        'Selesaikan pembayaran',
        'Jumlah pembayaran berbeda',
        ...news,
      ])
    }
  }
})

test('12 Refund of VA', async () => {
  for (const gateway of ['xendit', 'midtrans']) {
    const placed = await bought(va(gateway, 'bca'))
    await cancelled(placed)
    assert.equal(await statusOf(placed), 'refund_due')
    await paidOut(placed)
    assert.equal(await statusOf(placed), 'refunded')
    assert.deepEqual((await ofGateway(placed))[0]?.refunds, [])
  }
})

test('13 E-wallet refund limits', async () => {
  type Methods = { methods: PaymentMethod[] }
  const { methods } = await ok(send<Methods>(shop.nobody, 'GET /v1/payment-methods'))
  const promised = (wallet: string) => methods.find(({ channel }) => channel === wallet)?.refundable
  const wallets = ['ovo', 'dana', 'gopay']
  assert.deepEqual(wallets.map(promised), ['none', 'full', 'partial'])

  const ovo = await bought({ ...dana, channel: 'ovo' })
  const issuer = await bought(qris)
  for (const refused of [ovo, issuer]) {
    if (refused === issuer) await set('refund-fails')
    await cancelled(refused)
    assert.equal(await statusOf(refused), 'refund_due')
    await paidOut(refused)
  }
  for (const wallet of [dana, gopay]) {
    const placed = await bought(wallet)
    await cancelled(placed)
    assert.equal(await statusOf(placed), 'refunded')
  }
})

test('14 Time zones', async (t) => {
  const { TZ } = process.env
  t.after(() => (TZ === undefined ? delete process.env['TZ'] : (process.env['TZ'] = TZ)))
  for (const zone of ['America/Los_Angeles', 'Asia/Jakarta']) {
    process.env['TZ'] = zone
    for (const payment of [va('midtrans', 'bca'), va('xendit', 'bca')]) {
      const placed = await ordered(payment)
      const left = Date.parse((await seen(placed)).expiresAt) - Date.now()
      assert(left > 880_000 && left < 905_000, `${payment.gateway} in ${zone}: ${left} ms`)
    }
  }
})

test('15 Timeouts at our endpoint', async () => {
  for (const [payment, paid, asking] of [
    [invoice, 'invoice.paid', 'get-invoice'],
    [gopay, 'settlement', 'get-status'],
  ] as const) {
    // Answered though nothing can be done about the payment for as long as it is locked.
    const locked = await ordered(payment)
    await using lock = await lockOn(locked)
    await shop.control(`POST /payments/${locked.reference}/pay`, {})
    const isAnswered = async () => (await deliveryOf(locked, paid))?.log[0]?.outcome === 200
    for (const end = Date.now() + 5_000; !(await isAnswered()); await sleep(50)) {
      assert(Date.now() < end, 'its sender waits for what is done about it')
    }
    await lock.release()
    await shop.rest()
    await hasItsTicket(locked)

    // Answered before the gateway is asked, which goes wrong here.
    const asked = await ordered(payment)
    await set('rate-limit', { operation: asking })
    await atGateway(asked, 'pay')
    const { log } = await deliveryOf(asked, paid)
    assert.deepEqual(
      log.map(({ outcome }) => outcome),
      [200],
    )
    await shop.pass(3)
    await hasItsTicket(asked)

    const silent = await ordered(payment)
    await set('drop', { about: silent.reference, operation: paid })
    await atGateway(silent, 'pay')
    assert.equal(await statusOf(silent), 'pending')
    await shop.pass(301)
    await hasItsTicket(silent)
  }
})

test('16 Redirects / auth on webhook URL', async () => {
  for (const [payment, paid] of [
    [invoice, 'invoice.paid'],
    [gopay, 'settlement'],
  ] as const) {
    const placed = await ordered(payment)
    await set('drop', { about: placed.reference, operation: paid })
    await atGateway(placed, 'pay')
    const { body } = await deliveryOf(placed, paid)
    assert.equal(await deliver(payment.gateway!, body), 200)
    await hasItsTicket(placed)
  }
})

test('17 payment_type changes gopay→qris', async () => {
  const placed = await bought(gopay, { channel: 'qris' })
  assert.equal((await deliveryOf(placed, 'settlement')).body['payment_type'], 'qris')
  await hasItsTicket(placed)
})

test('18 Static callback token', async () => {
  const placed = await ordered(invoice)
  const [{ id = '' } = {}] = (await ofGateway(placed)) as { id?: string }[]
  const lie = { id, external_id: placed.reference, status: 'PAID', paid_amount: 150_000 }
  assert.equal(await deliver('xendit', lie, 'a-guessed-token'), 401)
  assert.equal(await deliver('xendit', lie), 200)
  assert.equal(await statusOf(placed), 'pending')
  await atGateway(placed, 'pay')
  await hasItsTicket(placed)
})

test('19 Snap 404 before method chosen', async () => {
  const placed = await ordered({ gateway: 'midtrans', method: 'page' })
  await shop.pass(301)
  assert.equal(await statusOf(placed), 'pending')
  await atGateway(placed, 'pay', { channel: 'gopay' })
  await hasItsTicket(placed)
})

test('20 Chatty rate limit', async () => {
  for (const [payment, operation, paid] of [
    [dana, 'create-payment-request', 'payment.capture'],
    [gopay, 'charge', 'settlement'],
  ] as const) {
    await set('rate-limit', { operation, times: 2 })
    const placed = await ordered(payment)
    assert.equal(await instructionsOf(placed), null)
    await shop.pass(5)
    await shop.pass(10)
    assert(await instructionsOf(placed))
    await set('drop', { about: placed.reference, operation: paid })
    await atGateway(placed, 'pay')
    const gatewayId = ((await ofGateway(placed))[0] as { id?: string }).id
    await set('rate-limit', { about: gatewayId })
    await shop.pass(301)
    assert.equal(await statusOf(placed), 'pending')
    await shop.pass(301)
    await hasItsTicket(placed)
  }
})

test('21 Same order_id resubmitted', async () => {
  const first = await ordered(va('midtrans', 'bca'))
  const again = async (key: string) => {
    const more = { 'idempotency-key': key }
    const path = `POST /v1/orders/${first.id}/payments`
    await ok(send(first.as, path, va('midtrans', 'bni'), more))
    await shop.rest()
    return { ...first, reference: await referenceOf(first.as, first.id) }
  }
  const second = await again('another-bank')
  assert.notEqual(second.reference, first.reference)
  assert.deepEqual(await again('another-bank'), second)
  assert.equal((await ofGateway(first))[0]?.status, 'expired')
  await atGateway(second, 'pay')
  await hasItsTicket(second)
})

test('22 Custom VA replaced silently', async () => {
  await set('other-va-number', { operation: 'charge' })
  const [wish, email] = ['12345678901', 'sari@example.test']
  const order = await placeOrder(shop.booking, {
    orderId: newId(),
    requestHash: null,
    eventId: bareId('event', event.id),
    buyer: { userId: null, name: 'Sari', email, phone: null, locale: 'id' },
    items: [{ ticketTypeId: bareId('tickettype', event.ticketTypes[0]!.id), quantity: 1 }],
    payment: va('midtrans', 'bca'),
    vaDigits: wish,
  })
  assert(order.ok)
  await shop.rest()
  const id = toPublicId('order', order.value.id)
  const placed = { as: shop.admin, id, reference: await referenceOf(shop.admin, id), email }
  const [charge] = await ofGateway(placed)
  assert(charge?.number && !charge.number.endsWith(wish), 'Midtrans made another')
  assert.equal((await instructionsOf(placed))?.vaNumber, charge.number)
  await atGateway(placed, 'pay')
  await hasItsTicket(placed)
})
