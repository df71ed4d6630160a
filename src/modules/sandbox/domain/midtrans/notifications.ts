import type { Notice } from '../delivery.ts'
import type { Merchant } from '../merchant.ts'
import type { Payment } from '../payment.ts'
import { notificationCode, signedTransaction, transactionStatus } from './transaction.ts'

/** What Midtrans tells about a change. Of a refund it tells twice: begun, and confirmed. */
export function midtransNotices(
  before: Payment | undefined,
  after: Payment,
  merchant: Merchant,
): Notice[] {
  if (after.kind !== 'charge') return []
  const states = ({ status, money, refunds }: Payment) =>
    JSON.stringify([status, money !== null, refunds.map((refund) => refund.status)])
  if (before && states(before) === states(after)) return []
  const words = { code: notificationCode(after), message: 'midtrans payment notification' }
  const event = transactionStatus(after)
  return [{ event, body: signedTransaction(after, words, merchant) }]
}
