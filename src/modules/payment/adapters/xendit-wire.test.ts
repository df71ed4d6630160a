import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { readXenditInvoice } from './xendit-invoices.ts'
import { readXenditRefund } from './xendit-refunds.ts'
import { readXenditWebhook, reasonOf, toXenditAmount } from './xendit-wire.ts'

const invoice = {
  id: '6748105a77f16ebe0cc583a7',
  external_id: 'p',
  status: 'PENDING',
  amount: 100,
  currency: 'IDR',
  expiry_date: '2026-11-20T10:00:00.123456789Z',
  invoice_url: 'https://checkout-staging.xendit.co/web/1',
}
const statusOf = (changes: object) =>
  readXenditInvoice({ ...invoice, ...changes })?.report.status ?? 'unreadable'
const paidOf = (changes: object) => {
  const report = readXenditInvoice({ ...invoice, status: 'PAID', ...changes })?.report
  return report?.status === 'paid' ? report.paid : undefined
}

test('an invoice is paid when it says so, settled or not, or tells when it was paid', () => {
  assert.equal(statusOf({}), 'open')
  assert.equal(statusOf({ status: 'EXPIRED' }), 'expired')
  assert.equal(statusOf({ status: 'PAID' }), 'paid')
  assert.equal(statusOf({ status: 'SETTLED' }), 'paid')
  assert.equal(statusOf({ status: 'EXPIRED', paid_at: '2026-11-20T11:00:00Z' }), 'paid')
  assert.equal(statusOf({ status: 'NEVER_SEEN' }), 'unreadable')
})

test('what was paid counts, not what was asked for; a fraction is never rounded away', () => {
  assert.deepEqual(paidOf({}), { amount: 100, currency: 'IDR' })
  assert.deepEqual(paidOf({ paid_amount: 99 }), { amount: 99, currency: 'IDR' })
  assert.deepEqual(paidOf({ paid_amount: 99.6 }), { amount: 99.6, currency: 'IDR' })
  assert.deepEqual(paidOf({ amount: 12.35, currency: 'PHP' }), { amount: 1235, currency: 'PHP' })
  assert.equal(toXenditAmount(1235, 'PHP'), 12.35)
})

test('every whole amount comes back as it went out', () => {
  const amounts = fc.integer({ min: 1, max: 100_000_000_000 })
  fc.assert(
    fc.property(amounts, fc.constantFrom('IDR', 'PHP', 'THB', 'VND'), (amount, currency) => {
      const wire = toXenditAmount(amount, currency)
      assert.deepEqual(paidOf({ paid_amount: wire, currency }), { amount, currency })
    }),
  )
})

test('whatever is sent instead of an invoice, a refund or a webhook is not misread', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (value, body) => {
      readXenditInvoice(value)
      readXenditRefund(value)
      reasonOf(400, value)
      readXenditWebhook(body, {})
    }),
  )
})

test('a refusal is known by its code, and by its status when the code is strange', () => {
  assert.equal(reasonOf(400, { error_code: 'API_VALIDATION_ERROR' }), 'API_VALIDATION_ERROR')
  assert.equal(reasonOf(403, { error_code: 'a sentence with a secret' }), 'HTTP_403')
  assert.equal(reasonOf(404, undefined), 'HTTP_404')
})

test('a webhook has one key for all its deliveries, with or without a webhook-id', () => {
  const key = (body: object, headers = {}) => readXenditWebhook(JSON.stringify(body), headers).key
  const paid = { ...invoice, status: 'PAID', payment_id: 'ewc_1' }
  assert.equal(key(paid), key({ ...paid, updated: 'later' }))
  assert.notEqual(key(paid), key({ ...paid, status: 'EXPIRED' }))
  assert.equal(key(paid, { 'webhook-id': '1' }), key(invoice, { 'webhook-id': '1' }))
  assert.notEqual(key(paid, { 'webhook-id': '1' }), key(paid, { 'webhook-id': '2' }))
})

test('a refund is read from one envelope or two', () => {
  const refund = { id: 'rfd-1', reference_id: 'p', status: 'SUCCEEDED' }
  for (const data of [refund, { event: 'refund.succeeded', data: refund }]) {
    const notice = readXenditWebhook(JSON.stringify({ event: 'refund.succeeded', data }), {})
    assert.equal(notice.about === 'refund' && notice.refundReference, 'p')
  }
  assert.deepEqual(readXenditRefund({ ...refund, status: 'FAILED', failure_code: 'X' })?.report, {
    status: 'failed',
    reason: 'X',
  })
})
