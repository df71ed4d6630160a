import type { Merchant } from '../domain/merchant.ts'
import { notificationCode, transactionOnWire } from '../domain/midtrans/transaction.ts'
import type { Json, Payment } from '../domain/payment.ts'
import { invoiceOnWire } from '../domain/xendit/invoice.ts'
import { paymentRequestOnWire } from '../domain/xendit/payment-request.ts'
import { sessionOnWire } from '../domain/xendit/session.ts'

/** A payment as its own gateway would answer it. */
export function paymentOnOwnWire(payment: Payment, merchant: Merchant): Json {
  switch (payment.kind) {
    case 'invoice':
      return invoiceOnWire(payment, merchant)
    case 'request':
      return paymentRequestOnWire(payment, merchant)
    case 'session':
      return sessionOnWire(payment, merchant)
    case 'charge':
      return transactionOnWire(payment, { code: notificationCode(payment), message: 'Success' })
    case 'snap':
      return { token: payment.id, order_id: payment.reference, status: payment.status }
  }
}
