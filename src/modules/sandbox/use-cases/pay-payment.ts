import { err, ok, type Result } from '../../../kernel/result.ts'
import { chargeOf } from '../domain/midtrans/snap.ts'
import { createCharge } from '../domain/midtrans/charge.ts'
import { newPayment, pay, type Payment } from '../domain/payment.ts'
import { channelsFor, moneyIdOf } from '../domain/paying.ts'
import { vaNumber, xenditChannels } from '../domain/xendit/channels.ts'
import type { SandboxPorts } from '../ports.ts'
import { changePayment } from './change-payment.ts'
import { keepPayment } from './keep-payment.ts'

export type PayPayment = {
  /** By default what was asked for. */
  amount?: number | undefined
  /** Put on top by Midtrans, at the payer's cost. */
  fee?: number | undefined
  /** By default the payment's own; DANA where the payer has the choice. */
  channel?: string | undefined
  /** After the end, as a bank may. */
  late?: boolean | undefined
}

export type PayRefusal = {
  kind: 'payment-not-found' | 'not-payable' | 'invalid-payment'
}

/** Pays as a payer would, whatever the amount. */
export async function payPayment(
  ports: SandboxPorts,
  known: string | Payment,
  paying: PayPayment,
): Promise<Result<Payment, PayRefusal>> {
  const now = ports.clock()
  const isAbsurd = (amount = 1) => !(amount > 0 && amount <= 1e12)
  if (isAbsurd(paying.amount) || !((paying.fee ?? 0) >= 0)) return err({ kind: 'invalid-payment' })
  const found = typeof known === 'string' ? await ports.payments.find(known) : known
  if (!found) return err({ kind: 'payment-not-found' })
  // Only Midtrans puts one on top.
  if (paying.fee !== undefined && found.gateway !== 'midtrans')
    return err({ kind: 'invalid-payment' })
  if (found.kind === 'snap') return payOnSnap(ports, found, paying)
  const channel = paying.channel ?? found.channel ?? 'DANA'
  if (!channelsFor(found).includes(channel)) return err({ kind: 'invalid-payment' })
  const paymentId = moneyIdOf(found, ports.newId())
  const { amount, fee = 0, late = false } = paying
  if (found.kind === 'session') return payOnSession(ports, found, { ...paying, channel })
  return changePayment<PayRefusal>(ports, found, (current) =>
    pay(current, { paymentId, amount, fee, channel, late }, now),
  )
}

/** On the page of a session the payer's choice makes a payment request, which is paid at once. */
async function payOnSession(
  ports: SandboxPorts,
  session: Payment,
  { amount, channel, late = false }: PayPayment & { channel: string },
): Promise<Result<Payment, PayRefusal>> {
  const now = ports.clock()
  const id = `pr-${ports.newId()}`
  const paid = await changePayment<PayRefusal>(ports, session, (current) =>
    pay(current, { paymentId: id, amount, fee: 0, channel, late }, now),
  )
  if (!paid.ok) return paid
  const isVa = xenditChannels.get(channel)?.kind === 'va'
  const { reference, currency, request, expiresAt } = session
  const made = newPayment(
    {
      id,
      gateway: 'xendit',
      kind: 'request',
      reference,
      amount: session.amount,
      currency,
      channel,
      number: isVa ? vaNumber(channel, ports.newDigits(12)) : null,
      request,
      expiresAt,
      parentId: session.id,
    },
    now,
  )
  const paymentId = moneyIdOf(made, '')
  const settled = pay(made, { paymentId, amount, fee: 0, channel, late: false }, now)
  if (settled.ok) await keepPayment(ports, settled.value)
  return paid
}

/** A choice on the page of Snap makes a charge, which waits to be paid. */
export async function chooseOnSnap(
  ports: SandboxPorts,
  page: Payment | undefined,
  channel: string,
): Promise<Result<Payment, PayRefusal>> {
  const now = ports.clock()
  if (!page) return err({ kind: 'payment-not-found' })
  if (page.status !== 'pending' || page.expiresAt <= now) return err({ kind: 'not-payable' })
  const charges = await ports.payments.search({ parentId: page.id }, 20)
  if (charges.some(({ money }) => money)) return err({ kind: 'not-payable' })
  const earlier = charges.find((one) => one.channel === channel && one.status === 'pending')
  if (earlier) return ok(earlier)
  const ids = {
    id: ports.newId(),
    digits: ports.newDigits(16),
    webhookUrls: page.webhookUrls,
    parentId: page.id,
  }
  const made = createCharge(chargeOf(page, channel), ids, now)
  if (!made.ok || charges.length >= 20) return err({ kind: 'invalid-payment' })
  await keepPayment(ports, made.value)
  return ok(made.value)
}

async function payOnSnap(
  ports: SandboxPorts,
  page: Payment,
  paying: PayPayment,
): Promise<Result<Payment, PayRefusal>> {
  const chosen = await chooseOnSnap(ports, page, paying.channel ?? 'gopay')
  return chosen.ok ? payPayment(ports, chosen.value.id, paying) : chosen
}
