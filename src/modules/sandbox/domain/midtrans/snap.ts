import { err, ok, type Result } from '../../../../kernel/result.ts'
import { fieldsOf } from '../fields.ts'
import { newPayment, type Json, type Payment } from '../payment.ts'
import { readDetails } from './charge.ts'
import { midtransChannels } from './channels.ts'
import { askedSeconds, askedTime } from './times.ts'

const secondsDefault = 24 * 3_600
const millisMin = 5 * 60_000
const millisMax = 7 * 86_400_000

/** A new page of Snap, or the messages that refuse it. */
export function createSnap(
  body: unknown,
  { id, webhookUrls }: { id: string; webhookUrls: string[] | null },
  at: Date,
): Result<Payment, string[]> {
  const request = fieldsOf(body)
  const { orderId, amount, messages } = readDetails(request)
  const expiresAt = expiryOf(request['expiry'], at)
  if (!expiresAt) messages.push('expiry is not valid')
  if (channelsOf(request).length === 0) messages.push('enabled_payments is not valid')
  if (messages.length > 0 || orderId === undefined || amount === undefined || !expiresAt) {
    return err(messages)
  }
  const made = {
    id,
    gateway: 'midtrans' as const,
    kind: 'snap' as const,
    reference: orderId,
    amount,
    currency: 'IDR',
    channel: null,
    number: null,
    request,
    webhookUrls,
    expiresAt,
  }
  return ok(newPayment(made, at))
}

function expiryOf(given: unknown, at: Date): Date | undefined {
  if (given == null) return new Date(at.getTime() + secondsDefault * 1_000)
  const { start_time, duration, unit } = fieldsOf(given)
  const from = start_time == null ? at : askedTime(start_time)
  const seconds = askedSeconds(duration, unit)
  if (!from || seconds === undefined) return undefined
  const until = new Date(from.getTime() + seconds * 1_000)
  const ahead = until.getTime() - at.getTime()
  return ahead >= millisMin && ahead <= millisMax ? until : undefined
}

/** The channels a page offers. */
export function channelsOf({ enabled_payments: enabled }: Json): string[] {
  const all = [...midtransChannels]
  const offered = Array.isArray(enabled)
    ? all.filter(([, { snap }]) => enabled.includes(snap))
    : all
  return offered.map(([name]) => name)
}

/** The charge that a choice on the page makes. */
export function chargeOf({ request }: Payment, channel: string): Json {
  const { transaction_details, item_details, customer_details, metadata } = request
  const fields = { transaction_details, item_details, customer_details, metadata }
  if (channel === 'echannel') {
    const echannel = { bill_info1: 'Payment', bill_info2: 'Karcis' }
    return { ...fields, payment_type: 'echannel', echannel }
  }
  if (midtransChannels.get(channel)?.kind === 'va') {
    const wish = fieldsOf(request[`${channel}_va`])['va_number']
    const bank_transfer = { bank: channel, ...(wish != null && { va_number: wish }) }
    return { ...fields, payment_type: 'bank_transfer', bank_transfer }
  }
  return { ...fields, payment_type: channel }
}
