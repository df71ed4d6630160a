import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { contractRoutes } from '../support/composition.ts'
import {
  anotherOrganiser,
  newUser,
  ok,
  onSale,
  openShop,
  place,
  seenAt,
  send,
  strangersTo,
  until,
  type Caller,
  type Shop,
} from '../support/shop.ts'

// tests/flows/hostile-input.test.ts walks the operations of our own API in the same way.

let shop: Shop
let theirs: Theirs
before(async () => {
  shop = await openShop({ CONCERT_UNSIGNED_CALLBACKS: 'false' })
  theirs = await whatIsTheirs()
})
after(() => shop[Symbol.asyncDispose]())

type Theirs = Awaited<ReturnType<typeof whatIsTheirs>>
/** What is sent to a route, about something of theirs where it can be. */
type Request = { target?: string; body?: object | FormData }

/** A buyer with a booking of the festivals and one of the services, and an organiser's event. */
async function whatIsTheirs() {
  const { admin, nobody } = shop
  const buyer = await newUser(shop, 'Rahasia Wijaya')
  const organiser = await anotherOrganiser(shop)
  const event = await onSale({ organiser }, { capacity: 10 })
  const order = await ok(place(buyer, event))
  type Festivals = { data: { festivals: { id: string }[] } }
  const { data } = await ok(send<Festivals>(nobody, 'GET /festivals'))
  const wish = { festivalId: data.festivals[0]?.id, quantity: 2, bookingDate: '2090-12-01' }
  type Booked = { data: { bookingId: string } }
  const { bookingId } = (await ok(send<Booked>(buyer, 'POST /bookings', wish))).data
  const me = await ok(send<{ id: string; email: string }>(buyer, 'GET /v1/auth/me'))
  const { mails } = await until(
    () => ok(send<{ mails: { text: string }[] }>(nobody, `GET /dev/mail.json?to=${me.email}`)),
    ({ mails }) => mails.some(({ text }) => /confirms\/\w+/.test(text)),
  )
  const [, code = ''] = /confirms\/(\w+)/.exec(mails.map(({ text }) => text).join()) ?? []
  const looks: [Caller, string][] = [
    [buyer, `/v1/orders/${order.id}`],
    [buyer, `/v1/orders/${order.id}/payments`],
    [buyer, `/bookings/${bookingId}`],
    [buyer, '/v1/auth/me'],
    [admin, `/v1/events/${event.id}`],
    [buyer, '/v1/orders'],
  ]
  return {
    buyer,
    event: event.id,
    order: order.id,
    booking: bookingId,
    code,
    secrets: ['Rahasia', me.email, me.id, order.secret, code],
    /** All of it, as those see it whose it is. */
    look: () => seenAt(looks),
  }
}

/** Routes that are about something of theirs: a stranger is refused. */
const aboutTheirs: Record<string, () => Request> = {
  'festival GET /bookings/:id': () => ({ target: `/bookings/${theirs.booking}` }),
  'festival DELETE /bookings/:id': () => ({ target: `/bookings/${theirs.booking}` }),
  'festival GET /bookings/confirms/:code': () => ({ target: `/bookings/confirms/${theirs.code}` }),
  'services PUT /event/update': () => ({ body: { id: theirs.event, title: 'Lain' } }),
  'services POST /event/update': () => ({ body: { id: theirs.event, title: 'Lain' } }),
  'services DELETE /event/delete': () => ({ body: { id: theirs.event } }),
  'services POST /event/delete': () => ({ body: { id: theirs.event } }),
  'services POST /booking/cancel': () => ({ body: { bookingId: theirs.order } }),
  'services POST /payment/process': () => ({
    body: { bookingId: theirs.order, method: 'invoice' },
  }),
  'services GET /payment/status': () => ({ target: `/payment/status?bookingId=${theirs.order}` }),
  'tedx POST /api/payment-callback': () => ({ body: { ...paid(), external_id: theirs.order } }),
  'concert POST /payments/callback': () => ({ body: { ...paid(), order_id: theirs.order } }),
}

const paid = () => ({
  id: 'x',
  status: 'PAID',
  status_code: '200',
  transaction_status: 'settlement',
})

/** Routes that show everyone the same, or are about whoever calls. None of them takes an id. */
const aboutNobodyElse: Record<string, () => Request> = {
  'festival POST /users': () => ({}),
  'festival POST /authentications': () => ({}),
  'festival PUT /authentications': () => ({}),
  'festival DELETE /authentications': () => ({}),
  'festival GET /users/me/id-cards': () => ({}),
  'festival PATCH /users/me/id-cards': () => ({ body: new FormData() }),
  'festival GET /festivals': () => ({}),
  'festival GET /festivals/:id': () => ({ target: `/festivals/${theirs.event}` }),
  'festival POST /bookings': () => ({}),
  'services POST /register': () => ({}),
  'services POST /login': () => ({}),
  'services GET /profile': () => ({}),
  'services PUT /profile/update': () => ({ body: {} }),
  'services POST /profile/update': () => ({ body: {} }),
  'services GET /events': () => ({}),
  'services POST /event/create': () => ({}),
  'services POST /booking/create': () => ({}),
  'tedx GET /api/tickets': () => ({}),
  'tedx POST /api/orders': () => ({}),
  'concert GET /health': () => ({}),
  'concert GET /categories': () => ({}),
  'concert POST /orders': () => ({}),
}

async function ask({ headers }: Caller, route: string, { target, body }: Request) {
  const [, method = '', path = ''] = route.split(' ')
  const isForm = body instanceof FormData
  const response = await fetch(`${shop.url}${target ?? path}`, {
    method,
    headers: { ...headers, ...(body && !isForm && { 'content-type': 'application/json' }) },
    ...(body && { body: isForm ? body : JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

test('every route of the contracts is walked, or refuses its method', async () => {
  const walked = { ...aboutTheirs, ...aboutNobodyElse }
  const routes = (await contractRoutes()).filter((route) => !route.includes(' HEAD '))
  assert.deepEqual(
    Object.keys(walked).filter((route) => !routes.includes(route)),
    [],
  )
  for (const route of routes.filter((route) => !(route in walked))) {
    const { status } = await ask(theirs.buyer, route, {})
    assert.equal(status, 405, `${route} is not walked`)
  }
})

test("no route of the contracts shows or changes what is another's", async (t) => {
  const strangers = await strangersTo(shop)
  const before = await theirs.look()
  for (const [who, caller] of Object.entries(strangers)) {
    await t.test(`${who} sees and changes nothing`, async () => {
      for (const [route, requestOf] of Object.entries({ ...aboutTheirs, ...aboutNobodyElse })) {
        const { status, text } = await ask(caller, route, requestOf())
        assert.ok(status < 500, `${route}: ${status} ${text}`)
        if (route in aboutTheirs) assert.ok([401, 403, 404].includes(status), `${route}: ${status}`)
        const leaked = theirs.secrets.filter((secret) => text.includes(secret))
        assert.deepEqual(leaked, [], `${route}: ${status} ${text}`)
        assert.deepEqual(await theirs.look(), before, `${route}: ${status} ${text}`)
      }
    })
  }
})
