import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { ok, onSale, orderOf, place, send, type ShopEvent } from '../support/shop.ts'
import { openWholeShop, type WholeShop } from '../support/whole-shop.ts'

let shop: WholeShop
let event: ShopEvent
before(async () => {
  shop = await openWholeShop()
  event = await onSale(shop, { capacity: 100 })
})
after(() => shop[Symbol.asyncDispose]())

const buyer = { name: 'Sari Dewi', email: 'sari@example.test' }
const banks = 'bca, bni, bri, permata, cimb, mandiri'

/** A choice that is not to be had, and what its refusal says. */
const refusals: [object, string][] = [
  [{ method: 'cash' }, 'There is no such method; there are: invoice, va, ewallet, qris, page.'],
  [
    { method: 'cash', channel: 'bca', gateway: 'xendit' },
    'There is no such method; there are: invoice, va, ewallet, qris, page.',
  ],
  [
    { method: 'confirmation' },
    'There is no such method; there are: invoice, va, ewallet, qris, page.',
  ],
  [{ method: 'va', channel: 'dana' }, `The method has no such channel; it has: ${banks}.`],
  [
    { method: 'ewallet', channel: 'ovo' },
    'This channel needs the phone number of the buyer; these do not: dana, shopeepay, linkaja, astrapay, gopay.',
  ],
  [{ method: 'qris', channel: 'bca' }, 'The method has no channels; name none.'],
  [
    { method: 'va', channel: 'BCA', gateway: 'stripe' },
    `The method has no such channel; it has: ${banks}.`,
  ],
  [
    { method: 'va', channel: 'bca', gateway: 'stripe' },
    'No such gateway offers this; it is offered by: xendit, midtrans.',
  ],
  [
    { method: 'ewallet', channel: 'dana', gateway: 'midtrans' },
    'No such gateway offers this; it is offered by: xendit.',
  ],
  [
    { method: 'invoice', gateway: 'midtrans' },
    'No such gateway offers this; it is offered by: xendit.',
  ],
]

test('a refused choice of payment says which part there is not, and what there is', async () => {
  const order = await ok(place(shop.nobody, event, { buyer }))
  const as = { ...shop.nobody, headers: { 'x-order-secret': order.secret } }
  for (const [choice, detail] of refusals) {
    const refused = [
      await place(shop.nobody, event, { buyer, payment: choice as { method: string } }),
      await send<object>(as, `POST /v1/orders/${order.id}/payments`, choice),
    ]
    for (const { status, body } of refused) {
      const { code, ...problem } = body as { code?: string; detail?: string; methods?: string[] }
      assert.deepEqual([status, code, problem.detail], [422, 'payment-method-unknown', detail])
      assert.deepEqual(problem.methods, ['invoice', 'va', 'ewallet', 'qris', 'page'])
    }
  }
})

test('a bank that nobody named is the first that the method has', async () => {
  const order = await ok(place(shop.nobody, event, { buyer, payment: { method: 'va' } }))
  await shop.rest()
  const as = { ...shop.nobody, headers: { 'x-order-secret': order.secret } }
  assert.equal((await orderOf(as, order)).payment?.instructions?.channel, 'bca')
})

type Choice = { gateway: string; method: string; channel?: string }

/** An order that was told how to pay. */
async function ordered(payment: Choice) {
  const { id, secret } = await ok(
    place(shop.nobody, event, { buyer: { ...buyer, phone: '+62812345678' }, payment }),
  )
  await shop.rest()
  const as = { ...shop.nobody, headers: { 'x-order-secret': secret } }
  const order = await orderOf(as, { id })
  const reference = order.payment!.id.replace('payment-', '')
  return { as, id, reference, seen: () => orderOf(as, { id }) }
}
const ends = async (reference: string) => {
  await shop.control(`POST /payments/${reference}/expire`)
  await shop.rest()
}

/** How to pay, and how its gateway tells that it has run out. */
const lasting: [Choice, string][] = [
  [{ gateway: 'xendit', method: 'invoice' }, 'invoice.expired'],
  [{ gateway: 'xendit', method: 'va', channel: 'bca' }, 'payment_request.expiry'],
  [{ gateway: 'xendit', method: 'qris' }, 'payment_request.expiry'],
  [{ gateway: 'xendit', method: 'page' }, 'payment_session.expired'],
  [{ gateway: 'midtrans', method: 'va', channel: 'bca' }, 'expire'],
  [{ gateway: 'midtrans', method: 'ewallet', channel: 'gopay' }, 'expire'],
  [{ gateway: 'midtrans', method: 'qris' }, 'expire'],
]

test('a payment that has run out at its gateway ends its order', async () => {
  for (const [payment, operation] of lasting) {
    const what = JSON.stringify(payment)
    const told = await ordered(payment)
    await ends(told.reference)
    assert.equal((await told.seen()).status, 'expired', what)

    // Nobody tells of this one, and it is found by asking.
    const silent = await ordered(payment)
    await shop.control('POST /faults', { fault: 'drop', operation, about: silent.reference })
    await ends(silent.reference)
    assert.equal((await silent.seen()).status, 'pending', what)
    await shop.pass(301)
    assert.equal((await silent.seen()).status, 'expired', what)
  }
})

test('a wallet that gives up ends the attempt, and its buyer may pay another way', async () => {
  for (const channel of ['ovo', 'dana']) {
    const order = await ordered({ gateway: 'xendit', method: 'ewallet', channel })
    await ends(order.reference)
    const { status, payment } = await order.seen()
    assert.deepEqual([status, payment], ['pending', null], channel)
    const again = { gateway: 'xendit', method: 'qris' }
    await ok(send(order.as, `POST /v1/orders/${order.id}/payments`, again))
    await shop.rest()
    const { payment: second } = await order.seen()
    await shop.control(`POST /payments/${second!.id.replace('payment-', '')}/pay`, {})
    await shop.rest()
    assert.equal((await order.seen()).status, 'paid', channel)
  }
})
