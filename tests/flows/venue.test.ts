import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { toConfig } from '../../src/config.ts'
import {
  newUser,
  ok,
  onSale,
  openShop,
  refusal,
  send,
  wanted,
  type Caller,
  type Shop,
  type ShopEvent,
} from '../support/shop.ts'

// A whole venue, a campus or a mobile network may be behind one address.

const { limits } = toConfig({}).protection
const visitors = 300

let shop: Shop
let event: ShopEvent
before(async () => {
  shop = await openShop({
    TRUST_PROXY: '1',
    RATE_LIMIT_PER_ACCOUNT: String(limits.perAccount),
    RATE_LIMIT_PER_ACCOUNT_AND_EVENT: String(limits.perAccountAndEvent),
  })
  event = await onSale(shop, { capacity: 10_000 })
})
after(() => shop[Symbol.asyncDispose]())

/** As the proxy of the venue passes a request of anybody in it on. */
const inVenue = (caller: Caller): Caller => ({
  ...caller,
  headers: { ...caller.headers, 'x-forwarded-for': '203.0.113.7' },
})

const order = (caller: Caller, more: object = {}) =>
  send<{ id: string }>(caller, 'POST /v1/orders', wanted(event, more))

test('a venue behind one address looks and buys in the same moment', async () => {
  const visitor = inVenue(shop.nobody)
  const seen: Record<number, number> = {}
  const count = ({ status }: { status: number }) => (seen[status] = (seen[status] ?? 0) + 1)
  await Promise.all(
    Array.from({ length: visitors }, async (_, i) => {
      for (let look = 0; look < 5; look++) {
        count(await send(visitor, `GET /v1/events/${event.id}/availability`))
      }
      count(await order(visitor, { buyer: { name: 'Tamu', email: `tamu${i}@example.test` } }))
    }),
  )
  assert.deepEqual(seen, { 200: 5 * visitors, 201: visitors })
})

test('who is greedy, or guesses passwords, in there is stopped alone', async () => {
  const [greedy, modest] = [inVenue(await newUser(shop)), inVenue(await newUser(shop))]
  for (let i = 0; i < limits.perAccountAndEvent; i++) await ok(order(greedy))
  assert.equal(await refusal(order(greedy)), '429 too-many-requests')
  await ok(order(modest))

  const { email } = await ok(send<{ email: string }>(greedy, 'GET /v1/auth/me'))
  const visitor = inVenue(shop.nobody)
  const guess = (password: string, of = email) =>
    send(visitor, 'POST /v1/auth/login', { email: of, password })
  const guesses = []
  for (let i = 0; i < 12; i++) guesses.push((await guess(`wrong guess ${i}`)).status)
  assert.ok(guesses.includes(429), String(guesses))
  await ok(guess('karcis-demo', 'buyer@karcis.test'))
})

test('one account does not use up the allowance of its address', () => {
  const { perAddress, perAccount } = limits
  assert.ok(perAddress >= 20 * perAccount)
})
