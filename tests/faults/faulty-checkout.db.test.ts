import assert from 'node:assert'
import { test } from 'node:test'
import type { PaymentMethod } from '../../src/modules/payment/contract.ts'
import { faultNames } from '../../src/modules/sandbox/domain/fault.ts'
import { chanceOf } from '../support/chance.ts'
import { asks, attempts, deeds, placed, type Story } from '../support/faulty-buyers.ts'
import { reckoned } from '../support/gateway-reckoning.ts'
import { ok, onSale, orderOf, send } from '../support/shop.ts'
import { openWholeShop, type WholeShop } from '../support/whole-shop.ts'

/** A thousand and more where there is time: `.ci/run` asks for them. */
const orders = Number(process.env['FAULTY_ORDERS'] ?? 16)
/** `FAULTY_SEED` repeats the choices of a run, though not which of two at once came first. */
const seed = Number(process.env['FAULTY_SEED'] ?? Date.now() % 1_000_000)
const atOnce = 60
const deedsPerOrder = 4

const hour = 3_600
/** After these every hold has ended, and whatever may still come late was looked for. */
const twoDays = [60, 310, 910, hour, hour, 6 * hour, 20 * hour, 20 * hour]

/** Every fault of the control page, but the one that costs a quarter of a minute where time is short. */
const everyFault = faultNames.filter((fault) => fault !== 'no-answer' || orders >= 1_000)

test('an order is paid at both gateways with every fault of the control page', async () => {
  await using shop = await openWholeShop()
  const event = await onSale(shop, { capacity: 100 }, { refundable: true })
  const ways = [
    { gateway: 'xendit', method: 'invoice' },
    { gateway: 'midtrans', method: 'va', channel: 'bca' },
  ]
  const stories = await Promise.all(
    ways.flatMap((way) =>
      everyFault.map(async (fault) => {
        const story = await placed({ shop, methods: [], chance: chanceOf(0), event })
        assert(story)
        await asks(story, way, [{ fault, times: 2, ...(fault === 'delay' && { seconds: 90 }) }])
        return { story, fault: `${way.gateway} ${fault}` }
      }),
    ),
  )
  for (const seconds of [0, 5, 20]) await shop.pass(seconds)
  await Promise.all(stories.map(({ story }) => deeds['pays']!(story)))
  for (const seconds of [0, 5, 310]) await shop.pass(seconds)
  for (const { story, fault } of stories) {
    assert.equal((await orderOf(story.as, story.order)).status, 'paid', fault)
  }
  await shop.verified()
})

test(`${orders} orders through gateways that misbehave: every payment ends in tickets or a refund`, async (t) => {
  t.diagnostic(`FAULTY_SEED=${seed}`)
  await using shop = await openWholeShop()
  const { methods } = await ok(
    send<{ methods: PaymentMethod[] }>(shop.nobody, 'GET /v1/payment-methods'),
  )
  const chance = chanceOf(seed)
  const plenty = await onSale(shop, { capacity: 100_000 }, { refundable: true })
  for (let first = 0; first < orders; first += atOnce) {
    const scarce = await onSale(shop, { capacity: 4 }, { refundable: true })
    const stories: Story[] = []
    for (let i = first; i < Math.min(first + atOnce, orders); i++) {
      const own = chanceOf(seed + i + 1)
      const event = own.below(4) === 0 ? scarce : plenty
      const story = await placed({ shop, methods, chance: own, event })
      if (story) stories.push(story)
    }
    await Promise.all(stories.map(attempts))
    for (let step = 0; step < deedsPerOrder; step++) {
      await shop.pass(chance.oneOf([1, 5, 5, 20, 20, 70, 310, 910]))
      await Promise.all(stories.map((story) => deeds[story.chance.oneOf(deedNames)]!(story)))
    }
  }
  // What is held back by now never comes, and from here on nothing goes wrong.
  await send(shop.nobody, 'DELETE /sandbox/control/faults')
  for (const seconds of twoDays) await shop.pass(seconds)
  await decideAll(shop, chance)

  assert.equal(await shop.verified(), 0, 'nothing waits for a person')
  const { count, gateway, wrong } = await reckoned(shop.pool)
  t.diagnostic(JSON.stringify({ ...count, gateway }))
  assert.deepEqual(wrong, [])
  if (orders < 500) return
  assert(count.paid && gateway.refunds > 0 && gateway.byHand > 0, 'stories of all kinds')
})

// Most buyers pay, so that stories come far.
const usual = ['pays', 'pays', 'pays']
const deedNames = [...Object.keys(deeds), ...usual]

/** What people do about the money that no rule can move. */
async function decideAll(shop: WholeShop, { oneOf }: ReturnType<typeof chanceOf>): Promise<void> {
  type Listed = { payments: { paymentId: string }[]; refunds: { refundId: string }[] }
  const decide = (path: string, body?: object) => send(shop.admin, `POST /v1${path}`, body)
  for (let round = 0; round < 50; round++) {
    const list = (path: string) => ok(send<Listed>(shop.admin, `GET /v1${path}&limit=100`))
    const { payments } = await list('/payments?status=mismatch&refund=none')
    const { refunds } = await list('/refunds?status=refund_due')
    if (payments.length + refunds.length === 0) return
    for (const { paymentId } of payments) {
      await decide(`/payments/${paymentId}/${oneOf(['accept', 'refund'])}`, { note: 'Decided.' })
    }
    for (const { refundId } of refunds) {
      const paidOut = { reference: refundId, note: 'Paid out.' }
      if (round === 0 && oneOf([true, false])) await decide(`/refunds/${refundId}/retry`)
      else await decide(`/refunds/${refundId}/paid-out`, paidOut)
    }
    await shop.pass(400)
  }
}
