import type { FastifyRequest } from 'fastify'
import { createCharge, wishesNumber, withOtherNumber } from '../../domain/midtrans/charge.ts'
import { transactionOnWire } from '../../domain/midtrans/transaction.ts'
import type { Json, Payment } from '../../domain/payment.ts'
import { qrString } from '../../domain/xendit/payment-request.ts'
import type { SandboxPorts } from '../../ports.ts'
import { keepPayment } from '../../use-cases/keep-payment.ts'
import type { Answer, Call, Operation } from '../operations.ts'
import { refuse } from './manners.ts'

export function chargeOperations(ports: SandboxPorts): Operation[] {
  return [
    {
      name: 'charge',
      method: 'POST',
      path: '/v2/charge',
      faults: ['webhook-before-answer', 'other-va-number'],
      answer: (call) => charge(ports, call),
    },
  ]
}

async function charge(ports: SandboxPorts, call: Call): Promise<Answer> {
  const ids = {
    id: ports.newId(),
    digits: ports.newDigits(16),
    webhookUrls: notificationUrls(call.headers, ports.webhookUrls.midtrans),
  }
  const made = createCharge(call.body, ids, ports.clock())
  if (!made.ok) return refused(made.error, ids.id)
  const isForced = call.faults.some(({ fault }) => fault === 'other-va-number')
  const isReplaced = isForced || (await isTaken(ports, made.value))
  const payment = isReplaced ? withOtherNumber(made.value, ports.newDigits(16)) : made.value
  if (!(await keepPayment(ports, payment))) {
    return refuse(
      406,
      'The request could not be completed due to a conflict with the current state of the target resource, please try again',
      ids.id,
    )
  }
  return { status: 200, body: charged(payment, ports), madeId: payment.id }
}

function refused(refusal: { kind: string; messages?: string[] }, id: string): Answer {
  if (refusal.kind === 'not-enabled') return refuse(402, 'Payment channel is not activated.', id)
  const { status, body } = refuse(400, 'One or more parameters in the payload is invalid.', id)
  return { status, body: { ...(body as Json), validation_messages: refusal.messages } }
}

/** Midtrans silently gives another number than the one wished for when that one is in use. */
async function isTaken(ports: SandboxPorts, payment: Payment): Promise<boolean> {
  const { number } = payment
  if (number === null || !wishesNumber(payment)) return false
  const others = await ports.payments.search({ gateway: 'midtrans', number }, 10)
  return others.some(({ status }) => status === 'pending')
}

const created: Record<string, string> = {
  gopay: 'GO-PAY transaction is created',
  qris: 'QRIS transaction is created',
  echannel: 'OK, Mandiri Bill transaction is successful',
  permata: 'Success, PERMATA VA transaction is successful',
}

function charged(payment: Payment, { merchant }: SandboxPorts): Json {
  const { id, channel } = payment
  const message = created[channel ?? ''] ?? 'Success, Bank Transfer transaction is created'
  const told = transactionOnWire(payment, { code: '201', message })
  const base = `${merchant.sandboxUrl}/midtrans`
  const action = (name: string, method: string, url: string) => ({ name, method, url: base + url })
  const qrCode = action('generate-qr-code', 'GET', `/v2/${channel}/${id}/qr-code`)
  if (channel === 'qris') return { ...told, qr_string: qrString(id), actions: [qrCode] }
  if (channel !== 'gopay') return told
  const actions = [
    qrCode,
    action('deeplink-redirect', 'GET', `/web/${id}`),
    action('get-status', 'GET', `/v2/${id}/status`),
    action('cancel', 'POST', `/v2/${id}/cancel`),
  ]
  return { ...told, actions }
}

const urlsMax = 3

/** Where the notifications of one transaction go, if not only to the usual place. */
export function notificationUrls(
  headers: FastifyRequest['headers'],
  usual: string,
): string[] | null {
  const listed = (name: string) =>
    String(headers[name] ?? '')
      .split(',')
      .map((url) => url.trim())
      .filter((url) => URL.canParse(url) && /^https?:/.test(url))
      .slice(0, urlsMax)
  const instead = listed('x-override-notification')
  const besides = listed('x-append-notification')
  if (instead.length === 0 && besides.length === 0) return null
  return [...(instead.length > 0 ? instead : [usual]), ...besides]
}
