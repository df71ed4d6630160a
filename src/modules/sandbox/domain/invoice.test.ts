import assert from 'node:assert'
import { test } from 'node:test'
import { createInvoice } from './create-invoice.ts'
import { completeRefunds, expire, pay, refund, type Channel, type Invoice } from './invoice.ts'
import { invoiceOnWire, webhooksOf } from './wire.ts'

const at = new Date('2026-11-20T10:00:00Z')
const later = new Date('2026-11-20T10:05:00Z')
const merchant = { name: 'Karcis', pagesUrl: 'https://shop.example/web' }
const asked = { external_id: 'p', amount: 100, invoice_duration: 60 }

function pending(): Invoice {
  const created = createInvoice(asked, 'i', at)
  assert(created.ok)
  return created.value
}

function paid(channel: Channel = 'DANA'): Invoice {
  const result = pay(pending(), { paymentId: '1', amount: 100, channel, late: false }, at)
  assert(result.ok)
  return result.value.state
}

const refunding = (invoice: Invoice | undefined, amount?: number, idempotencyKey = 'k') =>
  refund(
    invoice,
    { id: 'r', referenceId: 'p', idempotencyKey, request: { amount }, amount, dueAt: later },
    at,
  )
const kindOf = (result: ReturnType<typeof refunding>) => (result.ok ? 'ok' : result.error.kind)

test('an invoice lasts as long as asked, and loses what is below a rupiah', () => {
  assert.equal(pending().expiresAt.toISOString(), '2026-11-20T10:01:00.000Z')
  const created = createInvoice({ ...asked, amount: 4550.5 }, 'i', at)
  assert.equal(created.ok && created.value.amount, 4550)
})

test('a request with mistakes is told all of them', () => {
  const mistakes: [object | null, number][] = [
    [null, 2],
    [{ ...asked, external_id: '' }, 1],
    [{ ...asked, amount: '100' }, 1],
    [{ ...asked, amount: 0 }, 1],
    [{ ...asked, invoice_duration: '60' }, 1],
    [{ ...asked, currency: 'XXX' }, 1],
    [{ ...asked, items: [{ name: 'Seat' }] }, 1],
    [{ ...asked, items: 'none', amount: -1 }, 2],
  ]
  for (const [body, count] of mistakes) {
    const created = createInvoice(body, 'i', at)
    assert.equal(created.ok ? 0 : created.error.errors.length, count, JSON.stringify(body))
  }
})

test('an answer has the six lists without which the SDK fails', () => {
  const wire = invoiceOnWire(pending(), merchant)
  const lists = Object.keys(wire).filter((name) => name.startsWith('available_'))
  assert.equal(lists.length, 6)
  assert(lists.every((name) => Array.isArray(wire[name])))
})

test('an invoice is paid once, and after its end only by a payment that was late', () => {
  const payment = { paymentId: '2', amount: 100, channel: 'DANA' as const }
  assert.equal(pay(paid(), { ...payment, late: false }, at).ok, false)
  assert.equal(pay(undefined, { ...payment, late: false }, at).ok, false)
  const expired = expire(pending(), at)
  assert(expired.ok)
  const over = expired.value.state
  assert.equal(pay(over, { ...payment, late: false }, at).ok, false)
  assert.equal(pay(pending(), { ...payment, late: true }, at).ok, false)
  const late = pay(over, { ...payment, late: true }, at)
  assert(late.ok)
  assert.equal(late.value.state.status, 'EXPIRED')
  assert.deepEqual(
    webhooksOf(over, late.value.state, merchant).map(({ status }) => status),
    ['PAID'],
  )
  assert.equal(expire(paid(), at).ok, false)
})

test('a refund is refused as Xendit refuses it', () => {
  assert.equal(kindOf(refunding(undefined)), 'DATA_NOT_FOUND')
  assert.equal(kindOf(refunding(pending())), 'INELIGIBLE_TRANSACTION_STATUS')
  assert.equal(kindOf(refunding(paid('BCA'))), 'REFUND_NOT_SUPPORTED')
  assert.equal(kindOf(refunding(paid(), 101)), 'REFUND_AMOUNT_EXCEEDED')

  const begun = refunding(paid(), 60)
  assert(begun.ok)
  const invoice = begun.value.state
  assert.equal(kindOf(refunding(invoice, 60)), 'ok')
  assert.equal(kindOf(refunding(invoice, 61)), 'IDEMPOTENCY_ERROR')
  assert.equal(kindOf(refunding(invoice, 40, 'other')), 'REFUND_IN_PROGRESS')
  const completed = completeRefunds(invoice, later)
  assert.equal(kindOf(refunding(completed, 41, 'other')), 'REFUND_AMOUNT_EXCEEDED')
  assert.equal(kindOf(refunding(completed, 40, 'other')), 'ok')
})

test('a refund succeeds when it is due, and tells so once', () => {
  const begun = refunding(paid())
  assert(begun.ok)
  const invoice = begun.value.state
  assert.equal(completeRefunds(invoice, at), invoice)
  const done = completeRefunds(invoice, later)
  const events = (before: Invoice, now: Invoice) =>
    webhooksOf(before, now, merchant).map(({ event }) => event)
  assert.deepEqual(events(invoice, done), ['refund.succeeded'])
  assert.deepEqual(events(done, done), [])
})
