import assert from 'node:assert'
import { after, before, test } from 'node:test'
import {
  becomes,
  newUser,
  ok,
  onSale,
  openShop,
  payAt,
  payPageOf,
  place,
  send,
  ticketsOf,
  until,
  wanted,
  type Caller,
  type Order,
  type Shop,
} from '../support/shop.ts'
import { startCollector, type CollectedSpan } from '../support/trace-collector.ts'

const services = process.env['TOPOLOGY'] === 'services'
let collector: Awaited<ReturnType<typeof startCollector>>
let shop: Shop
let sale: Awaited<ReturnType<typeof bought>>
before(async () => {
  collector = await startCollector()
  shop = await openShop({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    LOG_LEVEL: 'debug',
    WORKER: 'process',
  })
  sale = await bought()
})
after(async () => {
  await shop[Symbol.asyncDispose]()
  await collector[Symbol.asyncDispose]()
})

/** A trace that a caller began, and its name as a header. */
const callersTrace = '4bf92f3577b34da6a3ce929d0e0e4736'
const callersSpan = '00f067aa0ba902b7'
const traceparent = `00-${callersTrace}-${callersSpan}-01`

const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId)

const buyer = { name: 'Wulan Kartikasari', email: 'wulan.k@example.test', phone: '+6281298765432' }

/** Orders in the caller's trace, pays in none, and waits for the tickets and all spans. */
async function bought(): Promise<{ order: Order; spans: CollectedSpan[]; wulan: Caller }> {
  const wulan = await newUser(shop, buyer.name)
  const body = wanted(await onSale(shop), { payment: { method: 'invoice' }, buyer })
  const order = await ok(
    send<Order>(wulan, 'POST /v1/orders', body, { prefer: 'wait=10', traceparent }),
  )
  await payAt(payPageOf(order))
  await becomes(wulan, order, 'paid')
  await ticketsOf(wulan, order)
  const spans = await until(
    async () => spansOf(callersTrace),
    (spans) => spans.some(({ name }) => name === 'mail e-ticket') && isWhole(spans),
  )
  return { order, spans, wulan }
}

const isWhole = (spans: readonly CollectedSpan[]) =>
  spans.every(({ parentSpanId }) => parentSpanId === callersSpan || named(spans, parentSpanId))

const named = (spans: readonly CollectedSpan[], id: string | undefined) =>
  spans.find(({ spanId }) => spanId === id)

/** From which spans one came, the first of all last. */
function causesOf(spans: readonly CollectedSpan[], last: string): string[] {
  let span = spans.find(({ name }) => name === last)
  const names = []
  for (; span; span = named(spans, span.parentSpanId)) names.push(span.name)
  return names
}

test('an order is one trace, from the click to the mail, through every process', () => {
  const { order, spans } = sale
  assert.deepEqual(causesOf(spans, 'mail e-ticket'), [
    'mail e-ticket',
    'notification handles ticket.issued',
    'publish ticket.issued',
    'admission handles ticket.issue',
    'publish ticket.issue',
    'booking handles payment.settled',
    'publish payment.settled',
    'payment.report',
    'payment handles payment.request',
    'publish payment.request',
    'booking.placeOrder',
    'POST /v1/orders',
    ...(services ? ['POST /v1/orders'] : []),
  ])
  assert.deepEqual(causesOf(spans, 'xendit create').slice(0, 2), [
    'xendit create',
    'payment handles payment.request',
  ])
  assert.deepEqual(causesOf(spans, 'mail how-to-pay').slice(0, 2), [
    'mail how-to-pay',
    'notification handles order.awaiting-payment',
  ])

  const told = spans.filter(({ name }) =>
    /^(publish|mail|booking.placeOrder|.* handles) /.test(name),
  )
  assert.ok(told.length >= 12, `${told.length} spans`)
  for (const { name, attributes } of told)
    assert.equal(attributes['karcis.order_id'], order.id, name)
  const processes = new Set(spans.map((span) => `${span.service} ${span.process}`))
  // Asked about an event that booking has not heard of yet.
  processes.delete('karcis catalog')
  assert.deepEqual(
    processes,
    new Set(
      services
        ? ['karcis main', 'karcis booking', 'karcis payment']
        : ['karcis main', 'karcis worker'],
    ),
  )
})

test('a booking is one trace up to the mail that asks to confirm it', async () => {
  const trace = '5cf92f3577b34da6a3ce929d0e0e4737'
  type Festivals = { data: { festivals: { id: string }[] } }
  const { data } = await ok(send<Festivals>(shop.nobody, 'GET /festivals'))
  const wish = { festivalId: data.festivals[0]?.id, quantity: 1, bookingDate: '2090-12-01' }
  const header = { traceparent: `00-${trace}-${callersSpan}-01`, 'x-request-id': 'the-booking' }
  const booked = send<{ data: { bookingId: string } }>(sale.wulan, 'POST /bookings', wish, header)
  const { bookingId } = (await ok(booked)).data
  const spans = await until(
    async () => spansOf(trace),
    (seen) => seen.some(({ name }) => name === 'mail confirmation') && isWhole(seen),
  )
  assert.deepEqual(causesOf(spans, 'mail confirmation'), [
    'mail confirmation',
    'booking:send_confirmation handles confirmation.ask',
    'publish confirmation.ask',
    'booking.placeOrder',
    'POST /bookings',
    ...(services ? ['POST /bookings'] : []),
  ])
  const mail = spans.find(({ name }) => name === 'mail confirmation')
  const orderId = bookingId.replace('booking-', 'order-')
  assert.equal(mail?.attributes['karcis.order_id'], orderId)
  const asked = shop.program.log.find(({ type }) => type === 'confirmation.ask')
  assert.deepEqual([asked?.['requestId'], asked?.['traceId']], ['the-booking', trace])
})

test('an order and the batch that committed it name each other', () => {
  const placed = sale.spans.find(({ name }) => name === 'booking.placeOrder')
  const batch = sale.spans.find(({ name }) => name === 'booking.commitBatch')
  assert.equal(batch?.parentSpanId, placed?.spanId)
  assert.deepEqual(
    placed?.links?.map(({ spanId }) => spanId),
    [batch?.spanId],
  )
  assert.deepEqual(
    batch?.links?.map(({ spanId }) => spanId),
    [placed?.spanId],
  )
  assert.equal(batch?.attributes['karcis.batch.orders'], 1)
})

test('orders of one batch are traces of their own, each with a link to it', async () => {
  const event = await onSale(shop, { capacity: 100 })
  const guests = Array.from({ length: 30 }, (_, i) => `3${String(i).padStart(31, '0')}`)
  await Promise.all(
    guests.map((traceId, i) =>
      ok(
        send(
          shop.nobody,
          'POST /v1/orders',
          wanted(event, { buyer: { name: 'Tamu', email: `tamu${i}@example.test` } }),
          { traceparent: `00-${traceId}-${callersSpan}-01` },
        ),
      ),
    ),
  )
  const all = () => collector.spans.filter(({ traceId }) => guests.includes(traceId))
  const placed = await until(
    async () => all().filter(({ name }) => name === 'booking.placeOrder'),
    (seen) => seen.length === guests.length,
  )
  const batches = all().filter(({ name }) => name === 'booking.commitBatch')
  assert.ok(batches.length > 0 && batches.length < guests.length, `${batches.length} batches`)
  for (const { links, spanId } of placed) {
    const batch = named(batches, links?.[0]?.spanId)
    assert.ok(batch?.links?.some((link) => link.spanId === spanId))
  }
})

test('what the webhook of the payment did is linked to its request', async () => {
  const report = sale.spans.find(({ name }) => name === 'payment.report')
  const [cause] = report?.links ?? []
  // It is of another process and another trace, which `sale` did not wait for.
  const webhook = await until(
    async () => named(collector.spans, cause?.spanId),
    (span) => span !== undefined,
  )
  assert.equal(webhook?.name, 'POST /v1/webhooks/xendit')
  assert.notEqual(webhook?.traceId, callersTrace)
})

test('the timeline of an order and the log name its trace', async () => {
  const { order } = sale
  type Timeline = { timeline: { kind: string; what: string; traceId?: string }[] }
  const { timeline } = await until(
    () => ok(send<Timeline>(shop.organiser, `GET /v1/orders/${order.id}/timeline`)),
    ({ timeline }) => timeline.filter(({ kind }) => kind === 'mail').length === 2,
  )
  const traced = timeline.filter(({ traceId }) => traceId === callersTrace)
  const whats = traced.map(({ what }) => what)
  for (const what of ['payment.request', 'payment.settled', 'paid', 'ticket.issued']) {
    assert.ok(whats.includes(what), `${what} among ${whats}`)
  }
  assert.equal(traced.filter(({ kind }) => kind === 'mail').length, 2)
  assert.ok(shop.program.log.some(({ traceId }) => traceId === callersTrace))
})

test('a trace names no person and no secret', () => {
  const { order, wulan } = sale
  const sent = JSON.stringify(collector.spans)
  const token = wulan.headers['authorization']?.slice('Bearer '.length)
  for (const secret of [...Object.values(buyer), order.secret, token]) {
    assert(secret)
    assert.ok(!sent.includes(secret), secret)
  }
})

test('what names no trace begins a new one', async () => {
  const refused = await place(
    { ...shop.nobody, headers: { traceparent: 'ff-1-2-3' } },
    {
      ...(await onSale(shop)),
      id: 'event-00000000-0000-7000-8000-000000000000',
    },
  )
  assert.ok(refused.status >= 400)
  const requestId = refused.headers.get('x-request-id')
  const span = await until(
    async () =>
      collector.spans.find(
        ({ attributes, process }) =>
          process === 'main' && attributes['karcis.request_id'] === requestId,
      ),
    (seen) => seen !== undefined,
  )
  assert.match(span?.traceId ?? '', /^(?!0{32})[0-9a-f]{32}$/)
  assert.equal(span?.parentSpanId, undefined)
  assert.equal(span?.attributes['http.response.status_code'], refused.status)
})
