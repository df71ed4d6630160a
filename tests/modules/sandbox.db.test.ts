import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { requestOf } from '../support/payment-request.ts'
import { openPaymentWorld, type PaymentWorld } from '../support/payment-world.ts'

let world: PaymentWorld
before(async () => {
  world = await openPaymentWorld()
})
after(() => world[Symbol.asyncDispose]())

const invoice = { external_id: 'order-1', amount: 10_000, currency: 'IDR', description: 'Seat' }

test('refuses a wrong key and a malformed body as Xendit does', async () => {
  const wrong = await world.callSandbox('/v2/invoices', invoice, { authorization: 'Basic eDo=' })
  assert.deepEqual([wrong.status, wrong.body['error_code']], [401, 'INVALID_API_KEY'])
  const invalid = await world.callSandbox('/v2/invoices', { ...invoice, amount: 'all' })
  assert.deepEqual([invalid.status, invalid.body['error_code']], [400, 'API_VALIDATION_ERROR'])
  assert.ok(Array.isArray(invalid.body['errors']))
  const response = await fetch(`${world.publicUrl}/sandbox/xendit/web/x/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{',
  })
  assert.equal(
    ((await response.json()) as { error_code: string }).error_code,
    'INVALID_JSON_FORMAT',
  )
})

test('takes the trailing slash of the SDK, and makes two invoices of one external id', async () => {
  const first = await world.callSandbox('/v2/invoices/', { ...invoice, external_id: 'twice' })
  const second = await world.callSandbox('/v2/invoices', { ...invoice, external_id: 'twice' })
  assert.match(String(first.body['id']), /^[0-9a-f]{24}$/)
  assert.notEqual(first.body['id'], second.body['id'])
  const found = await world.callSandbox('/v2/invoices?external_id=twice&statuses=PENDING')
  assert.equal((found.body as unknown as unknown[]).length, 2)
  const none = await world.callSandbox(
    '/v2/invoices?external_id=twice&statuses=PAID&statuses=EXPIRED',
  )
  assert.deepEqual(none.body, [])
})

test('does not expire what is not pending', async () => {
  const { body } = await world.callSandbox('/v2/invoices', invoice)
  const path = `/invoices/${String(body['id'])}/expire!`
  assert.equal((await world.callSandbox(path, {})).body['status'], 'EXPIRED')
  const again = await world.callSandbox(path, {})
  assert.equal(again.status, 404)
  assert.match(String(again.body['message']), /^Could not find and update PENDING invoice/)
})

test('tells a refund by its id, and refuses what is no refund', async () => {
  const { body } = await world.callSandbox('/v2/invoices', invoice)
  const id = String(body['id'])
  await world.callSandbox(`/web/${id}/pay`, {})
  const asked = { invoice_id: id, reference_id: 'order-1', reason: 'OTHERS' }
  const begun = await world.callSandbox('/refunds', asked)
  assert.deepEqual([begun.status, begun.body['status']], [200, 'PENDING'])
  const found = await world.callSandbox(`/refunds/${String(begun.body['id'])}`)
  assert.deepEqual(found.body, begun.body)
  assert.equal((await world.callSandbox('/refunds/rfd-none')).body['error_code'], 'DATA_NOT_FOUND')
  const strange = await world.callSandbox('/refunds', { ...asked, reason: 'BOREDOM' })
  assert.equal(strange.body['error_code'], 'API_VALIDATION_ERROR')
})

test('keeps a webhook that was not taken, and sends it again a quarter of an hour later', async () => {
  const request = requestOf()
  await world.send('payment.request', request)
  const { rows } = await world.pool.query('select gateway_id as id from payment.payments')
  await world.callSandbox(`/web/${rows[0].id}/pay`, {})

  await world.pool.query('alter table payment.webhooks rename to elsewhere')
  await world.settle().catch(() => {})
  await world.pool.query('alter table payment.elsewhere rename to webhooks')
  await world.settle()
  assert.deepEqual(await world.sent(request.orderId), ['requested'])

  world.passSeconds(15 * 60 + 1)
  await world.settle()
  assert.deepEqual(await world.sent(request.orderId), ['requested', 'settled'])
})

test('a page that does not exist says so in both languages', async () => {
  const response = await fetch(`${world.publicUrl}/sandbox/xendit/web/none`)
  assert.equal(response.status, 404)
  assert.match(await response.text(), /Tagihan tidak ditemukan.*no such invoice/)
})

test('the expire button works without JavaScript', async () => {
  const { body } = await world.callSandbox('/v2/invoices', invoice)
  const response = await fetch(`${String(body['invoice_url'])}/expire`, {
    method: 'POST',
    body: new URLSearchParams(),
  })
  assert.equal(response.url, body['invoice_url'])
  assert.match(await response.text(), /Sudah berakhir/)
})
