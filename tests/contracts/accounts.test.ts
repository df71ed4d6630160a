import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { newUser, ok, onSale, openShop, send, type Caller, type Shop } from '../support/shop.ts'

// The contracts have routes and credentials of their own; the limits and the audit log are one.

const perAccount = 40
const perEvent = 3

let shop: Shop
before(async () => {
  shop = await openShop({
    RATE_LIMIT_PER_ACCOUNT: String(perAccount),
    RATE_LIMIT_PER_ACCOUNT_AND_EVENT: String(perEvent),
  })
})
after(() => shop[Symbol.asyncDispose]())

async function statuses(count: number, ask: () => Promise<{ status: number }>): Promise<number[]> {
  const seen = []
  for (let i = 0; i < count; i++) seen.push((await ask()).status)
  return seen
}

const festivalOf = async ({ nobody }: Shop): Promise<string | undefined> => {
  type Festivals = { data: { festivals: { id: string }[] } }
  return (await ok(send<Festivals>(nobody, 'GET /festivals'))).data.festivals[0]?.id
}

test('an account may book so often for an event, by whichever contract', async () => {
  const event = await onSale(shop)
  const festivalId = await festivalOf(shop)
  const bookings: [string, object][] = [
    ['POST /booking/create', { eventId: event.id, quantity: 1 }],
    ['POST /bookings', { festivalId, quantity: 1, bookingDate: '2090-12-01' }],
  ]
  for (const [line, wish] of bookings) {
    const [greedy, other] = [await newUser(shop), await newUser(shop)]
    assert.deepEqual(
      await statuses(perEvent + 1, () => send(greedy, line, wish)),
      [...Array<number>(perEvent).fill(201), 429],
      line,
    )
    assert.equal((await send(other, line, wish)).status, 201, line)
  }
})

test('an account may ask so often, by whichever contract', async () => {
  for (const line of ['GET /profile', 'GET /users/me/id-cards']) {
    const busy = await newUser(shop)
    const seen = await statuses(perAccount + 5, () => send(busy, line))
    assert.equal(seen.at(-1), 429, `${line}: ${seen}`)
    assert.ok(seen.filter((status) => status !== 429).length >= perAccount - 1)
  }
})

type Actions = { actions: { operation: string; targets: string[] }[] }

async function audited(caller: Caller): Promise<string[]> {
  const { id } = await ok(send<{ id: string }>(caller, 'GET /v1/auth/me'))
  const { actions } = await ok(send<Actions>(shop.admin, `GET /v1/audit?userId=${id}&limit=2`))
  return actions.map(({ operation, targets }) => [operation, ...targets].join(' '))
}

test('what is changed by a contract is audited, unless buyers do it for themselves', async () => {
  const { admin } = shop
  const event = await onSale(shop)
  await ok(send(admin, 'PUT /event/update', { id: event.id, title: 'Malam Lain' }))
  assert.equal((await audited(admin))[0], `PUT /event/update ${event.id}`)

  const buyer = await newUser(shop)
  type Booked = { data: { booking: { id: string } } }
  const wish = { eventId: event.id, quantity: 1 }
  const { booking } = (await ok(send<Booked>(buyer, 'POST /booking/create', wish))).data
  await ok(send(buyer, 'POST /booking/cancel', { bookingId: booking.id }))
  await ok(send(buyer, 'PUT /profile/update', { phone: '0812 345 678' }))
  const visit = { quantity: 1, bookingDate: '2090-12-01' }
  await ok(send(buyer, 'POST /bookings', { festivalId: await festivalOf(shop), ...visit }))
  assert.deepEqual(await audited(buyer), [])
  await send(buyer, 'PUT /event/update', { id: event.id, title: 'Malam Saya' })
  assert.deepEqual(await audited(buyer), ['PUT /event/update'], 'refused')
})
