import assert from 'node:assert'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { ok, onSale, openShop, place } from '../support/shop.ts'

/** A worker that does not stop by itself is ended after ten seconds, with its jobs still locked. */
const stopMillisMax = 9_000

test('a gateway that does not answer does not hold up the stop', async (t) => {
  const called = Promise.withResolvers<void>()
  const silent = createServer(() => called.resolve()).listen(0, '127.0.0.1')
  t.after(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const shop = await openShop({
    WORKER: 'process',
    PAYMENT_GATEWAY: 'xendit',
    XENDIT_URL: `http://127.0.0.1:${port}`,
    XENDIT_SECRET_KEY: 'xnd_development_test',
    XENDIT_CALLBACK_TOKEN: 'the-callback-token',
  })
  let millis = 0
  try {
    const event = await onSale(shop, { capacity: 10 })
    const buyer = { name: 'Sari Dewi', email: 'sari@example.test' }
    await ok(place(shop.nobody, event, { buyer, payment: { method: 'invoice' } }))
    await called.promise
  } finally {
    const stoppedAt = performance.now()
    await shop[Symbol.asyncDispose]()
    millis = performance.now() - stoppedAt
  }
  t.diagnostic(`stopped after ${Math.round(millis)} ms`)
  assert(millis < stopMillisMax, `${millis} ms`)
})
