import assert from 'node:assert'
import { createPublicKey, verify } from 'node:crypto'
import { after, before, test } from 'node:test'
import { create } from 'qrcode'
import { Webhook } from 'standardwebhooks'
import { readPdf, type PdfPage } from '../support/pdf.ts'
import {
  buy,
  follow,
  logIn,
  newUser,
  ok,
  onSale,
  openShop,
  payPageOf,
  place,
  refusal,
  send,
  until,
  type Caller,
  type CheckIn,
  type Order,
  type Shop,
  type ShopEvent,
  type Tickets,
} from '../support/shop.ts'
import { startReceiver } from '../support/webhook-receiver.ts'

let shop: Shop
before(async () => {
  shop = await openShop({
    WORKER: 'process',
    CATALOG_REFRESH_SECONDS: '1',
    WEBHOOK_PRIVATE_ADDRESSES: 'true',
    RATE_LIMIT_PER_ACCOUNT_AND_EVENT: '5',
    CORS_ORIGINS: 'https://partner.example',
  })
})
after(() => shop[Symbol.asyncDispose]())

test('a buyer gets from an empty basket to the seat, and only once', async () => {
  const { url, nobody, organiser, staff } = shop

  // The organiser sells a hall of four rows, and lets somebody work its door.
  const draft = await ok(
    send<ShopEvent>(organiser, 'POST /v1/events', {
      title: 'Orkes Senja',
      location: 'Gedung Kesenian, Jakarta',
      startsAt: '2090-05-01T12:00:00Z',
      ticketTypes: [{ name: 'Balkon', unitPrice: 250_000, capacity: 40, seatsPerRow: 10 }],
    }),
  )
  await ok(send(organiser, `POST /v1/events/${draft.id}/publish`))
  const { id: staffId } = await ok(send<{ id: string }>(staff, 'GET /v1/auth/me'))
  await ok(send(organiser, `PUT /v1/events/${draft.id}/staff/${staffId}`))

  // The buyer makes an account and logs in.
  const account = { name: 'Sari Dewi', email: 'sari@example.test', password: 'rahasia sekali' }
  await ok(send(nobody, 'POST /v1/auth/register', account))
  const sari = await logIn(nobody, account.email, account.password)

  // She finds the event among all others.
  type Listed = { events: ShopEvent[] }
  const { events } = await until(
    () => ok(send<Listed>(nobody, 'GET /v1/events?q=senja')),
    (list) => list.events.length > 0,
  )
  const [event] = events
  const [balcony] = event?.ticketTypes ?? []
  assert(event && balcony)
  assert.deepEqual([event.id, event.title], [draft.id, 'Orkes Senja'])

  // She chooses two seats. They are hers for a quarter of an hour.
  const order = await ok(
    send<Order>(
      sari,
      'POST /v1/orders',
      {
        eventId: event.id,
        items: [{ ticketTypeId: balcony.id, quantity: 2, seats: ['B3', 'B4'] }],
        payment: { method: 'invoice' },
      },
      { prefer: 'wait=10' },
    ),
  )
  assert.equal(order.status, 'pending')
  assert.deepEqual([order.total, order.currency], [500_000, 'IDR'])
  assert.deepEqual(order.items[0]?.seats, ['B3', 'B4'])
  const heldSeconds = (Date.parse(order.expiresAt) - Date.now()) / 1000
  assert(Math.abs(heldSeconds - 900) < 10, `held for ${heldSeconds} s`)
  assert(Math.abs(order.expiresInSeconds - heldSeconds) < 5, 'both say the same')
  type Seats = { seats: { label: string; free: boolean }[] }
  const hall = `/v1/events/${event.id}/ticket-types/${balcony.id}/seats`
  const { seats } = await ok(send<Seats>(nobody, `GET ${hall}`))
  const taken = seats.filter(({ free }) => !free).map(({ label }) => label)
  assert.deepEqual(taken, ['B3', 'B4'])

  // She pays with the button of the payment page, while her own page follows the order.
  const followed = statusesUntilPaid(sari, order)
  const payPage = payPageOf(order)
  const form = await (await fetch(payPage)).text()
  const [, action = ''] = /<form method="post" action="([^"]*\/pay)"/.exec(form) ?? []
  assert.match(form, /Rp\s500\.000/)
  const paid = await fetch(new URL(action, payPage), {
    method: 'POST',
    body: new URLSearchParams({ channel: 'QRIS' }),
  })
  assert.match(await paid.text(), /Sudah dibayar/)
  assert.deepEqual(await followed, ['pending', 'paid'])

  // Her tickets are there, with codes that any scanner can check by itself.
  const { tickets } = await until(
    () => ok(send<Tickets>(sari, `GET /v1/orders/${order.id}/tickets`)),
    (list) => list.tickets.length > 0,
  )
  assert.deepEqual(
    tickets.map(({ seat, holderName, status }) => [seat, holderName, status]),
    [
      ['B3', 'Sari Dewi', 'valid'],
      ['B4', 'Sari Dewi', 'valid'],
    ],
  )
  const { keys } = await ok(send<{ keys: Jwk[] }>(nobody, 'GET /v1/check-in-keys'))
  for (const ticket of tickets) assert.equal(ticketIdIn(ticket.code, keys), ticket.id)

  // The mail names event and seats, and brings the e-ticket: a page with a QR code per ticket.
  const mail = await eTicketMail(nobody, account.email)
  for (const word of ['Orkes Senja', 'B3, B4', 'Sari Dewi']) {
    assert(mail.text.includes(word) && mail.html.includes(word), `the mail says ${word}`)
  }
  const attached = await fetch(`${url}${mail.attachments[0]?.href}`)
  assert.equal(attached.headers.get('content-type'), 'application/pdf')
  const pdf = Buffer.from(await attached.arrayBuffer())
  assert.equal(pdf.toString('latin1', 0, 5), '%PDF-')
  const pages = readPdf(pdf)
  assert.equal(pages.length, tickets.length)
  for (const [i, ticket] of tickets.entries()) {
    const page = pages[i] as PdfPage
    for (const word of ['Orkes Senja', ticket.seat, 'Sari Dewi', order.id]) {
      assert(page.text.includes(String(word)), `page ${i + 1} says ${word}: ${page.text}`)
    }
    const shown = tickets.findIndex(({ code }) => shows(page, code))
    assert.equal(shown, i, `page ${i + 1} shows the code of its ticket`)
  }

  // The door lets each code in once, and only those who work there may ask it.
  const scan = { eventId: event.id, code: tickets[0]?.code }
  assert.equal(await refusal(send(sari, 'POST /v1/check-ins', scan)), '404 event-not-found')
  const first = await ok(send<CheckIn>(staff, 'POST /v1/check-ins', scan))
  assert.deepEqual([first.result, first.ticket?.seat], ['ok', 'B3'])
  const second = await ok(send<CheckIn>(staff, 'POST /v1/check-ins', scan))
  assert.deepEqual([second.result, second.ticket?.seat], ['already_redeemed', 'B3'])
})

test('a guest without an account pays through the API of the payment page', async () => {
  const { nobody } = shop
  const { events } = await ok(send<{ events: ShopEvent[] }>(nobody, 'GET /v1/events?q=toba'))
  const [event] = events
  const order = await ok(
    send<Order>(
      nobody,
      'POST /v1/orders',
      {
        eventId: event?.id,
        items: [{ ticketTypeId: event?.ticketTypes[0]?.id, quantity: 3 }],
        buyer: { name: 'Tamu', email: 'tamu@example.test' },
        locale: 'en',
        payment: { method: 'invoice' },
      },
      { prefer: 'wait=10' },
    ),
  )
  const guest = { ...nobody, headers: { 'x-order-secret': order.secret } }
  const followed = statusesUntilPaid(guest, order)
  const paid = await fetch(`${payPageOf(order)}/pay`, { method: 'POST' })
  assert.equal(paid.status, 200)
  assert.deepEqual(await followed, ['pending', 'paid'])

  const mail = await eTicketMail(nobody, 'tamu@example.test')
  assert(mail.text.includes('Hello Tamu,'))
  const pdf = await fetch(`${nobody.url}${mail.attachments[0]?.href}`)
  assert.equal(readPdf(Buffer.from(await pdf.arrayBuffer())).length, 3)
})

test('an account that asks for one event again and again is told to wait', async () => {
  const { nobody } = shop
  const buyer = await newUser(shop)
  const event = await onSale(shop)
  const answers = []
  for (let i = 0; i < 6; i++) answers.push(await place(buyer, event))
  const refused = answers.at(-1)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 201, 201, 201, 429],
  )
  const wait = Number(refused?.headers.get('retry-after'))
  assert(wait > 0 && wait <= 12, `one in twelve seconds, not in ${wait}`)
  assert.equal(refused?.headers.get('ratelimit'), `"per-account-and-event";r=0;t=${wait}`)
  assert.equal(refused?.headers.get('x-content-type-options'), 'nosniff')
  await ok(place(buyer, await onSale(shop)))
  await ok(place(nobody, event, { buyer: { name: 'Tamu', email: 'lain@example.test' } }))

  const foreign = await send(nobody, 'GET /v1/events', undefined, {
    origin: 'https://evil.example',
  })
  assert.equal(foreign.headers.get('access-control-allow-origin'), null)
  const partner = { origin: 'https://partner.example' }
  const known = await send(nobody, 'GET /v1/events', undefined, partner)
  assert.equal(known.headers.get('access-control-allow-origin'), partner.origin)
})

/** What the order's page is told, one status after another, until the order is paid. */
async function statusesUntilPaid(caller: Caller, { id }: Order): Promise<string[]> {
  const statuses: string[] = []
  for await (const { status } of follow<Order>(caller, `/v1/orders/${id}/live`)) {
    if (status !== statuses.at(-1)) statuses.push(status)
    if (status === 'paid') break
  }
  return statuses
}

type Mail = { text: string; html: string; attachments: { href: string }[] }

/** The mail with the tickets, out of those that were captured. */
async function eTicketMail(nobody: Caller, to: string): Promise<Mail> {
  const { mails } = await until(
    () => ok(send<{ mails: Mail[] }>(nobody, `GET /dev/mail.json?to=${to}`)),
    (box) => box.mails.some(({ attachments }) => attachments.length > 0),
  )
  return mails.find(({ attachments }) => attachments.length > 0) as Mail
}

type Jwk = { kid: string; kty: string; crv: string; x: string }

/** The id of the ticket a code admits, as a scanner without a network reads it. */
function ticketIdIn(code: string, keys: Jwk[]): string | undefined {
  const bytes = Buffer.from(code, 'base64url')
  const key = keys.find(({ kid }) => kid === bytes.toString('hex', 1, 4))
  assert(key, 'the key that signed the code is published')
  const publicKey = createPublicKey({ key, format: 'jwk' })
  if (!verify(null, bytes.subarray(0, 26), publicKey, bytes.subarray(26))) return undefined
  return `ticket-${bytes.toString('hex', 4, 20).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`
}

/** Whether the page shows this code as a QR code: the same modules are dark. */
function shows({ rectangles }: PdfPage, code: string): boolean {
  const { data, size } = create(code, { errorCorrectionLevel: 'M' }).modules
  // Nothing else on the page is as narrow: a module of 196 points divided by at least 21.
  const runs = rectangles.filter(({ width }) => width < 196)
  const left = Math.min(...runs.map(({ x }) => x))
  const top = Math.min(...runs.map(({ y }) => y))
  const unit = 196 / size
  const drawn = new Uint8Array(size * size)
  for (const { x, y, width } of runs) {
    const from = Math.round((y - top) / unit) * size + Math.round((x - left) / unit)
    drawn.fill(1, from, from + Math.round(width / unit))
  }
  return drawn.every((dark, i) => Boolean(dark) === Boolean(data[i]))
}

test('an organiser’s program is told of a sale, and its owner when it no longer listens', async () => {
  const { organiser, nobody } = shop
  await using receiver = await startReceiver()
  const endpoint = await ok(
    send<{ id: string; secret: string }>(organiser, 'POST /v1/webhook-endpoints', {
      url: receiver.url,
      types: ['ticket.issued'],
    }),
  )
  const event = await onSale(shop)
  const order = await buy(await newUser(shop), event)
  await until(
    async () => receiver.received.length,
    (length) => length === 1,
  )
  const [{ headers, body } = assert.fail()] = receiver.received
  const told = new Webhook(endpoint.secret).verify(body, headers)
  assert.partialDeepStrictEqual(told, { type: 'ticket.issued', data: { order: { id: order.id } } })

  type Sales = { totals: { sold: number; net: number } }
  const sales = send<Sales>(organiser, `GET /v1/events/${event.id}/reports/sales`)
  assert.partialDeepStrictEqual((await ok(sales)).totals, { sold: 1, net: 150_000 })

  receiver.status = 410
  await ok(send(organiser, `POST /v1/webhook-endpoints/${endpoint.id}/ping`))
  type Mailbox = { mails: { subject: string }[] }
  const { mails } = await until(
    () => ok(send<Mailbox>(nobody, 'GET /dev/mail.json?to=organiser@karcis.test')),
    ({ mails }) => mails.length > 0,
  )
  assert.equal(mails[0]?.subject, 'Webhook Anda dinonaktifkan')
})
