import { err, ok } from '../../../kernel/result.ts'
import type { GatewayReport } from '../domain/payment.ts'
import type { GatewayRequest, KnownPayment } from '../ports.ts'
import { cancelTransaction, expireTransaction, getTransaction } from './midtrans-core.ts'
import { midtransMethodOf } from './midtrans-methods.ts'
import {
  detailsOf,
  refused,
  reportOf,
  understood,
  type MidtransClient,
  type Transaction,
} from './midtrans-wire.ts'
import { clamped, instructionsFor, later, listOf, textOf, type Fields, type Wire } from './wire.ts'

type Clients = { core: MidtransClient; snap: MidtransClient; clock: () => Date }

/**
 * Midtrans' Snap: a hosted page on which the buyer chooses how to pay. Until then Midtrans knows no
 * transaction of ours; then each way the buyer tries is one. So an open page is known by its token,
 * and a paid one by the transaction that paid it. What becomes of a try ends nothing.
 */
export function midtransSnap({ core, snap, clock }: Clients): Wire {
  const get: Wire['get'] = async (gatewayId, payment) => {
    const isPage = gatewayId.startsWith(pagePrefix)
    const transaction = await getTransaction(core, isPage ? payment.reference : gatewayId)
    if (isPage) {
      return pageReport(gatewayId, transaction, payment, clock() < payment.expiresAt)
    }
    return transaction?.reference === payment.reference
      ? tryReport(transaction, payment)
      : undefined
  }
  return {
    get,

    async search(payment) {
      const transaction = await getTransaction(core, payment.reference)
      return transaction ? [reportOf(transaction, payment)] : []
    },

    async create(request) {
      const seconds = clamped(request.holdSeconds, midtransMethodOf('page', null))
      const { code, body } = await snap({
        method: 'POST',
        path: '/snap/v1/transactions',
        body: toBody(request, Math.ceil(seconds / 60)),
      })
      if (code >= 300) return isTaken(body) ? err(orderIdTaken) : refused(code)
      const token = understood(textOf(body['token']), 'a token')
      const checkoutUrl = understood(textOf(body['redirect_url']), 'a page')
      return ok({
        gatewayId: pagePrefix + token,
        status: 'open',
        expiresAt: later(request.at, seconds),
        instructions: instructionsFor('page', { checkoutUrl }),
      })
    },

    async close(gatewayId, payment) {
      if (!gatewayId.startsWith(pagePrefix)) {
        await endTry(core, await getTransaction(core, gatewayId), payment)
        return get(gatewayId, payment)
      }
      let isOpen = !(await cancelPage(snap, gatewayId))
      const transaction = await getTransaction(core, payment.reference)
      if (await endTry(core, transaction, payment)) {
        if (isOpen) isOpen = !(await cancelPage(snap, gatewayId))
      }
      const now = await getTransaction(core, payment.reference)
      return pageReport(gatewayId, now, payment, isOpen && clock() < payment.expiresAt)
    },
  }
}

const pagePrefix = 'snap:'

/** Whether nobody can begin to pay on it any more. */
async function cancelPage(snap: MidtransClient, gatewayId: string): Promise<boolean> {
  const token = encodeURIComponent(gatewayId.slice(pagePrefix.length))
  const path = `/snap/v1/transactions/${token}/cancel`
  const { code, body } = await snap({ method: 'POST', path, body: {}, repeatable: true })
  return code < 300 || errorsOf(body).some((text) => /already cancel|not found/i.test(text))
}

/** Whether there was anything to end. A page may take cards, which can be charged and not be paid. */
async function endTry(
  core: MidtransClient,
  transaction: Transaction | undefined,
  payment: KnownPayment,
): Promise<boolean> {
  if (!transaction || reportOf(transaction, payment).status !== 'open') return false
  const endIt = transaction.status === 'pending' ? expireTransaction : cancelTransaction
  await endIt(core, transaction.gatewayId)
  return true
}

/** Of one try: once it paid, the page it was made on takes no other. */
function tryReport(transaction: Transaction, payment: KnownPayment): GatewayReport {
  const report = reportOf(transaction, payment)
  return report.status === 'paid' ? { ...report, isSameCharge: true } : report
}

function pageReport(
  gatewayId: string,
  transaction: Transaction | undefined,
  payment: KnownPayment,
  isOpen: boolean,
): GatewayReport {
  const last = transaction && tryReport(transaction, payment)
  if (last?.status === 'paid') return last
  const { expiresAt } = payment
  const instructions = instructionsFor('page', {})
  const canBePaid = isOpen || last?.status === 'open'
  return { gatewayId, expiresAt, instructions, status: canBePaid ? 'open' : 'expired' }
}

const toBody = (request: GatewayRequest, minutes: number): Fields => ({
  ...detailsOf(request),
  callbacks: { finish: request.returnUrl },
  expiry: { unit: 'minute', duration: minutes },
  page_expiry: { unit: 'minute', duration: minutes },
})

const orderIdTaken = { kind: 'gateway-refused', reason: 'ORDER_ID_TAKEN' } as const
const errorsOf = (body: Fields): string[] =>
  listOf(body['error_messages']).filter((text) => typeof text === 'string')
const isTaken = (body: Fields): boolean =>
  errorsOf(body).some((text) => text.includes('already been taken'))
