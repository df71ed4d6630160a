import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Payment } from '../../src/modules/payment/domain/payment.ts'
import { MoneyWorld, total, type Charge } from '../support/money-world.ts'

/**
 * Whatever goes wrong on the way: money taken ends in tickets, in a refund, or on the list of a
 * person. Each story is a sequence of buyers', banks', gateways' and operators' deeds with lost,
 * late, repeated and reordered answers, messages and webhooks between; then the faults end, all
 * webhooks still under way are lost, and two days pass.
 */
type Step = { name: string; pick: number }

const chargeOf = (world: MoneyWorld, pick: number): Charge | undefined =>
  world.charges[pick % Math.max(1, world.charges.length)]

const onCharge =
  (act: (world: MoneyWorld, charge: Charge) => void) =>
  (world: MoneyWorld, pick: number): void => {
    const charge = chargeOf(world, pick)
    if (charge) act(world, charge)
  }

async function onPayment(
  world: MoneyWorld,
  pick: number,
  act: (payment: Payment) => Promise<void>,
): Promise<void> {
  const payments = await world.payments()
  const payment = payments[pick % Math.max(1, payments.length)]
  if (payment) await act(payment)
}

const person = { by: 'operator', note: 'x' }
const minute = 60_000

const deeds: Record<string, (world: MoneyWorld, pick: number) => void | Promise<void>> = {
  'a message arrives': (world, pick) => world.deliver(pick, false),
  'a message arrives and will again': (world, pick) => world.deliver(pick, true),
  'the buyer pays': onCharge((world, charge) => world.receive(charge, total)),
  'the buyer pays too little': onCharge((world, charge) => world.receive(charge, total - 1)),
  'the bank takes it back': onCharge((world, charge) => world.reverse(charge)),
  'the gateway finishes refunds': onCharge((world, charge) => world.finishRefunds(charge)),
  'a webhook arrives': (world, pick) => world.deliverWebhook(pick, 'once'),
  'a webhook arrives and will again': (world, pick) => world.deliverWebhook(pick, 'again'),
  'a webhook is lost': (world, pick) => world.deliverWebhook(pick, 'never'),
  'the next call is lost': (world) => void (world.nextFault = 'lost before'),
  'the next answer is lost': (world) => void (world.nextFault = 'lost after'),
  'the buyer tries another way': (world) => {
    if (world.attempts < 4) world.pay()
  },
  'the buyer cancels': (world) => void world.cancel('buyer'),
  'the organiser cancels': (world) => void world.cancel('organiser'),
  'the sweeper comes': (world) => void world.sweep(),
  'the reconciler comes': (world) => world.reconcile(),
  'a minute passes': (world) => world.pass(minute),
  'a quarter of an hour passes': (world) => world.pass(15 * minute),
  'hours pass': (world) => world.pass(5 * 60 * minute),
  'a rival takes or frees the stock': (world) => void (world.canRetake = !world.canRetake),
  'refunds begin or cease to work': (world) => void (world.refundsWork = !world.refundsWork),
  'a person accepts': (world, pick) =>
    onPayment(world, pick, (payment) => world.decide(payment, { type: 'accept', ...person })),
  'a person gives back': (world, pick) =>
    onPayment(world, pick, (payment) => world.decide(payment, { type: 'give-back', ...person })),
  'a person has a refund retried': (world, pick) =>
    onPayment(world, pick, ({ ...payment }) =>
      world.decide(payment, { type: 'retry-refund', by: person.by }),
    ),
  'a person pays out': (world, pick) =>
    onPayment(world, pick, (payment) =>
      world.decide(payment, { type: 'paid-out', reference: 'TRX', ...person }),
    ),
}

// Most of the time things just go on, so that stories come far.
const usual = ['a message arrives', 'a message arrives', 'the buyer pays', 'a webhook arrives']
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    name: fc.constantFrom(...Object.keys(deeds), ...usual, ...usual),
    pick: fc.nat({ max: 11 }),
  }),
  { minLength: 5, maxLength: 40 },
)

const isIn = ({ status, refunds }: Charge) =>
  status === 'paid' && ![...refunds.values()].includes('done')

/** The payment that accounts for a charge. */
const accountOf = (payments: Payment[], { gatewayId }: Charge) =>
  payments.filter((payment) => payment.paid !== null && payment.gatewayId === gatewayId)

async function assertPromises(world: MoneyWorld): Promise<void> {
  const { order, tickets } = world
  const payments = await world.payments()
  for (const charge of world.charges) {
    const done = [...charge.refunds.values()].filter((status) => status === 'done')
    const accounts = accountOf(payments, charge)
    const byHand = accounts.filter(({ refund }) => refund.status === 'done' && refund.byHand)
    assert(done.length + byHand.length <= 1, 'money was given back twice')
    if (!isIn(charge)) continue

    assert.equal(accounts.length, 1, 'the gateway has money that no payment accounts for')
    const account = accounts[0]!
    const buysTickets = order.status === 'paid' && order.settledPaymentId === account.id && tickets
    const goesBack = account.refund.status === 'requested' || account.refund.status === 'failed'
    const waits = account.status === 'mismatch' && account.refund.status === 'none'
    const ways = [buysTickets, goesBack, waits, byHand.length > 0].filter(Boolean).length
    assert.equal(ways, 1, `money has ${ways} ways to go: ${account.status}`)
  }
  if (tickets) {
    const account = payments.find(({ id }) => id === order.settledPaymentId)
    const charge = world.charges.find(({ gatewayId }) => gatewayId === account?.gatewayId)
    assert(charge && isIn(charge), 'tickets for money that is not there')
    const inFull = charge.paid === total || account?.resolution?.what === 'accepted'
    assert(inFull, 'tickets for the wrong amount')
  }
  assert.equal(tickets, order.status === 'paid', 'tickets agree with paid or not')
  assert.equal(world.issuedForNothing, false, 'tickets before any money')
  assert.notEqual(order.status, 'pending', 'the order never ended')
}

test('money taken ends in tickets, a refund or a list, whatever goes wrong', async () => {
  const options = fc.record({
    searchable: fc.boolean(),
    asksOnThePhone: fc.boolean(),
    refundsWork: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(options, steps, async (given, story) => {
      const world = new MoneyWorld(given)
      for (const { name, pick } of story) await deeds[name]!(world, pick)
      await world.settle()
      await assertPromises(world)
    }),
    // Ten thousand where there is time: `STORIES=10000` in CI.
    { numRuns: Number(process.env['STORIES'] ?? 3_000) },
  )
})
