import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { ok, onSale, orderOf, place, send, type ShopEvent } from '../support/shop.ts'
import { openWholeShop, type WholeShop } from '../support/whole-shop.ts'

let shop: WholeShop
let event: ShopEvent
before(async () => {
  shop = await openWholeShop()
  event = await onSale(shop, { capacity: 10 })
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
