import type { Notice } from './delivery.ts'
import type { Merchant } from './merchant.ts'
import { midtransNotices } from './midtrans/notifications.ts'
import type { Payment } from './payment.ts'
import { xenditNotices } from './xendit/webhooks.ts'

/** What the gateway tells the merchant about a change. */
export const noticesOf = (
  before: Payment | undefined,
  after: Payment,
  merchant: Merchant,
): Notice[] =>
  (after.gateway === 'xendit' ? xenditNotices : midtransNotices)(before, after, merchant)

/** Which of the addresses that Xendit lets a merchant set is meant: `invoice`, `refund` and so on. */
export const callbackTypeOf = (event: string): string => event.replace(/[.].*$/, '')
