import assert from 'node:assert'
import { test } from 'node:test'
import {
  end,
  newPayment,
  passTime,
  pay,
  refund,
  refundDueAt,
  reverse,
  type Payment,
} from './payment.ts'

const at = new Date('2026-11-20T10:00:00Z')
const later = new Date('2026-11-20T10:05:00Z')

const pending: Payment = newPayment(
  {
    id: 'p',
    gateway: 'midtrans',
    kind: 'charge',
    reference: 'order-1',
    amount: 100,
    currency: 'IDR',
    channel: 'gopay',
    number: null,
    request: {},
    expiresAt: later,
  },
  at,
)
const paying = { paymentId: '1', amount: undefined, fee: 0, channel: 'gopay', late: false }
const value = (result: { ok: true; value: Payment } | { ok: false; error: object }): Payment => {
  assert(result.ok, JSON.stringify(result))
  return result.value
}
const kind = (result: { ok: true } | { ok: false; error: { kind: string } }) =>
  result.ok ? 'ok' : result.error.kind
const paid = value(pay(pending, paying, at))
const over = (status: 'failed' | 'expired' | 'cancelled') => value(end(pending, status, at))

test('a payment is paid once, before its end', () => {
  assert.equal(paid.status, 'paid')
  assert.equal(paid.money?.amount, 100)
  assert.equal(kind(pay(paid, paying, at)), 'not-payable')
  assert.equal(kind(pay(undefined, paying, at)), 'payment-not-found')
  assert.equal(kind(pay(pending, paying, later)), 'not-payable')
})

test('a payment that is over takes money too late, once, and stays over', () => {
  const late = { ...paying, late: true }
  assert.equal(kind(pay(pending, late, at)), 'not-payable')
  for (const status of ['failed', 'expired', 'cancelled'] as const) {
    assert.equal(kind(pay(over(status), paying, at)), 'not-payable')
    const received = value(pay(over(status), late, at))
    assert.deepEqual([received.status, received.money?.amount], [status, 100])
    assert.equal(kind(pay(received, late, at)), 'not-payable')
  }
})

test('only what waits can end, and time ends it at its hour', () => {
  assert.equal(kind(end(paid, 'expired', at)), 'not-pending')
  assert.equal(kind(end(over('cancelled'), 'expired', at)), 'not-pending')
  assert.equal(passTime(pending, at), pending)
  const expired = passTime(pending, new Date('2026-11-21T00:00:00Z'))
  assert.deepEqual([expired.status, expired.updatedAt], ['expired', later])
  assert.equal(passTime(paid, later), paid)
})

test('only settled money is taken back, and not after a refund', () => {
  assert.equal(kind(reverse(pending, at)), 'not-settled')
  const denied = value(reverse(paid, at))
  assert.equal(denied.status, 'denied')
  assert.equal(kind(reverse(denied, at)), 'not-settled')
  assert.equal(kind(reverse(value(refunding(paid)), at)), 'not-settled')
  assert.equal(kind(refunding(denied)), 'not-settled')
})

function refunding(payment: Payment | undefined, amount?: number, key: string | null = 'k') {
  const asked = {
    id: `r-${key}`,
    reference: 'order-1',
    idempotencyKey: key,
    request: { amount },
    amount,
    outcome: 'succeeded' as const,
    dueAt: later.toISOString(),
    isRefundable: (channel: string) => channel === 'gopay',
  }
  return refund(payment, asked, at)
}

test('a refund is refused for a reason', () => {
  assert.equal(kind(refunding(undefined)), 'payment-not-found')
  assert.equal(kind(refunding(pending)), 'not-settled')
  const byBank = value(pay(pending, { ...paying, channel: 'bca' }, at))
  assert.equal(kind(refunding(byBank)), 'not-refundable')
  assert.equal(kind(refunding(paid, 101)), 'too-much')
  const begun = value(refunding(paid, 60))
  assert.equal(refunding(begun, 60).ok && value(refunding(begun, 60)) === begun, true)
  assert.equal(kind(refunding(begun, 61)), 'other-content')
  assert.equal(kind(refunding(begun, 40, 'other')), 'in-progress')
  const done = passTime(begun, later)
  assert.equal(kind(refunding(done, 41, 'other')), 'too-much')
  assert.equal(kind(refunding(done, 40, 'other')), 'ok')
})

test('a refund is over when it is due, and one that failed gives nothing back', () => {
  const begun = value(refunding(paid))
  assert.deepEqual(refundDueAt(begun), later)
  assert.equal(passTime(begun, at), begun)
  const done = passTime(begun, later)
  assert.deepEqual([done.refunds[0]?.status, refundDueAt(done)], ['succeeded', null])
  const fails = { ...begun, refunds: [{ ...begun.refunds[0]!, outcome: 'failed' as const }] }
  assert.equal(kind(refunding(passTime(fails, later), 100, 'again')), 'ok')
})
