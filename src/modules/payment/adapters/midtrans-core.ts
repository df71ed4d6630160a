import { ok } from '../../../kernel/result.ts'
import type { GatewayRequest, KnownPayment } from '../ports.ts'
import { midtransMethodOf } from './midtrans-methods.ts'
import {
  detailsOf,
  readTransaction,
  refused,
  reportOf,
  understood,
  type MidtransClient,
  type Transaction,
} from './midtrans-wire.ts'
import { clamped, later, type Fields, type Wire } from './wire.ts'

/** Midtrans' Core API: a charge by virtual account, Mandiri bill, GoPay or QRIS, without a page. */
export function midtransCore(client: MidtransClient): Wire {
  const get: Wire['get'] = async (gatewayId, payment) => {
    const transaction = await getTransaction(client, gatewayId)
    return transaction?.reference === payment.reference ? reportOf(transaction, payment) : undefined
  }
  const close: Wire['close'] = async (gatewayId, payment) => {
    await expireTransaction(client, gatewayId)
    return get(gatewayId, payment)
  }
  return {
    get,
    close,

    async search(payment) {
      const transaction = await getTransaction(client, payment.reference)
      return transaction ? [reportOf(transaction, payment)] : []
    },

    async create(request) {
      const payment = knownBy(request)
      const { code, body } = await client({
        method: 'POST',
        path: '/v2/charge',
        body: { ...detailsOf(request), ...channelOf(request), custom_expiry: expiryOf(request) },
        headers: idempotencyOf(request),
      })
      if (code < 300) {
        const created = understood(readTransaction(body), 'a created transaction')
        return ok(reportOf(created, payment))
      }
      // It exists, and only its lost answer told how to pay it; it is closed, or was paid.
      const found = code === 406 && (await getTransaction(client, request.paymentId))
      if (!found) return refused(code)
      const closed = await close(found.gatewayId, payment)
      return closed?.status === 'paid' ? ok(closed) : refused(code)
    },
  }
}

const knownBy = (request: GatewayRequest): KnownPayment => ({
  reference: request.paymentId,
  method: request.method,
  channel: request.channel,
  expiresAt: later(request.at, secondsOpen(request)),
})

const secondsOpen = ({ method, channel, holdSeconds }: GatewayRequest): number =>
  clamped(holdSeconds, midtransMethodOf(method, channel))

const expiryOf = (request: GatewayRequest): Fields => ({
  expiry_duration: secondsOpen(request),
  unit: 'second',
})

/** Within five minutes a repeat gets the first answer again; Permata does not know of it. */
const idempotencyOf = ({ paymentId, channel }: GatewayRequest): Record<string, string> =>
  channel === 'permata' ? {} : { 'idempotency-key': paymentId }

function channelOf({ method, channel, description, returnUrl, vaDigits }: GatewayRequest): Fields {
  if (method === 'qris') return { payment_type: 'qris', qris: { acquirer: 'gopay' } }
  if (channel === 'gopay') {
    return {
      payment_type: 'gopay',
      gopay: { enable_callback: true, callback_url: returnUrl },
    }
  }
  if (channel === 'mandiri') {
    const bill = { bill_info1: 'Tickets', bill_info2: description.slice(0, 30) }
    return { payment_type: 'echannel', echannel: bill }
  }
  // Of a number that is in use Midtrans makes another, and says so.
  const wish = vaDigits !== undefined && { va_number: vaDigits }
  return { payment_type: 'bank_transfer', bank_transfer: { bank: channel, ...wish } }
}

/** By the id of Midtrans or by our own; undefined when there is none, or none yet. */
export async function getTransaction(
  client: MidtransClient,
  id: string,
): Promise<Transaction | undefined> {
  const path = `/v2/${encodeURIComponent(id)}/status`
  const { code, body } = await client({ method: 'GET', path })
  if (code === 404) return undefined
  // 407 says that the transaction has expired, and comes with the transaction.
  return understood((code < 300 || code === 407) && readTransaction(body), 'a transaction')
}

/**
 * Ends what nobody has paid; anything else is refused, and told by the transaction itself. `cancel`
 * would end what is pending as well, but it also gives a card its money back that was charged the
 * moment before: a payment is never undone by closing it.
 */
export const expireTransaction = (client: MidtransClient, gatewayId: string): Promise<void> =>
  end(client, gatewayId, 'expire')

/** Ends a card that was charged and is not paid yet, as its fraud check waits; no `expire` does. */
export const cancelTransaction = (client: MidtransClient, gatewayId: string): Promise<void> =>
  end(client, gatewayId, 'cancel')

async function end(client: MidtransClient, gatewayId: string, how: string): Promise<void> {
  const path = `/v2/${encodeURIComponent(gatewayId)}/${how}`
  const { code } = await client({ method: 'POST', path, body: {}, repeatable: true })
  if (code === 401) throw new Error(`midtrans POST ${how}: answered 401`)
}
