import { midtransChannels } from './midtrans/channels.ts'
import type { Payment } from './payment.ts'
import { xenditChannels } from './xendit/channels.ts'
import { paymentIdOf } from './xendit/payment-request.ts'

/** The ways in which this could be paid, by the gateway's names. */
export function channelsFor({ gateway, kind, channel }: Payment): string[] {
  const all = gateway === 'xendit' ? xenditChannels : midtransChannels
  if (channel === null) return [...all.keys()]
  // GoPay shows a QR code too.
  return kind === 'charge' && channel === 'gopay' ? ['gopay', 'qris'] : [channel]
}

/** The id that the gateway gives to the money. */
export const moneyIdOf = (payment: Payment, newId: string): string =>
  payment.kind === 'request' ? paymentIdOf(payment.id) : newId
