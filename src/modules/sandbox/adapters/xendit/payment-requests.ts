import type { SandboxPorts } from '../../ports.ts'
import { end, type Payment } from '../../domain/payment.ts'
import { fieldsOf } from '../../domain/fields.ts'
import { xenditChannels } from '../../domain/xendit/channels.ts'
import {
  createPaymentRequest,
  paymentOnWire,
  paymentRequestOnWire,
  requestIdOf,
} from '../../domain/xendit/payment-request.ts'
import { changePayment } from '../../use-cases/change-payment.ts'
import { keepPayment } from '../../use-cases/keep-payment.ts'
import { payPayment } from '../../use-cases/pay-payment.ts'
import type { Answer, Call, Operation } from '../operations.ts'
import { invalid, refuse } from './manners.ts'

/** Version 3 of the API: virtual accounts, e-wallets and QRIS without a page of Xendit's. */
export function paymentRequestOperations(ports: SandboxPorts): Operation[] {
  const path = '/v3/payment_requests'
  return [
    {
      name: 'create-payment-request',
      method: 'POST',
      path,
      faults: ['webhook-before-answer'],
      answer: (call) => create(ports, call),
    },
    {
      name: 'get-payment-request',
      method: 'GET',
      path: `${path}/:id`,
      answer: async ({ id }) => found(ports, await ports.payments.find(id)),
    },
    {
      name: 'cancel-payment-request',
      method: 'POST',
      path: `${path}/:id/cancel`,
      answer: (call) => cancel(ports, call),
    },
    {
      name: 'simulate-payment',
      method: 'POST',
      path: `${path}/:id/simulate`,
      answer: (call) => simulate(ports, call),
    },
    {
      name: 'get-payment',
      method: 'GET',
      path: '/v3/payments/:id',
      answer: (call) => getPayment(ports, call),
    },
  ]
}

const isRequest = (payment: Payment | undefined): payment is Payment => payment?.kind === 'request'
const notFound = refuse(404, 'DATA_NOT_FOUND', 'There is no such payment request.')

async function create(ports: SandboxPorts, { body }: Call): Promise<Answer> {
  const ids = { id: `pr-${ports.newId()}`, number: ports.newDigits(12) }
  const made = createPaymentRequest(body, ids, ports.clock())
  if (!made.ok) return invalid(made.error.errors)
  await keepPayment(ports, made.value)
  const { id } = made.value
  return { status: 201, body: paymentRequestOnWire(made.value, ports.merchant), madeId: id }
}

function found({ merchant }: SandboxPorts, payment: Payment | undefined): Answer {
  if (!isRequest(payment)) return notFound
  return { status: 200, body: paymentRequestOnWire(payment, merchant) }
}

async function cancel(ports: SandboxPorts, { id }: Call): Promise<Answer> {
  const cancelled = await changePayment(ports, id, (current) =>
    end(isRequest(current) ? current : undefined, 'cancelled', ports.clock()),
  )
  if (cancelled.ok) return found(ports, cancelled.value)
  if (cancelled.error.kind === 'payment-not-found') return notFound
  return refuse(400, 'INVALID_VALUE_ERROR', 'The payment request cannot be cancelled any more.')
}

/** Pays what a payer would see; the result is told by webhook only. */
async function simulate(ports: SandboxPorts, { id, body }: Call): Promise<Answer> {
  const payment = await ports.payments.find(id)
  if (!isRequest(payment)) return notFound
  const amount = fieldsOf(body)['amount']
  if (typeof amount !== 'number' || !(amount > 0)) return invalid(['"amount" is required'])
  if (xenditChannels.get(payment.channel ?? '')?.kind === 'ewallet') {
    return refuse(400, 'INVALID_VALUE_ERROR', 'This channel cannot be simulated.')
  }
  const paid = await payPayment(ports, id, { amount })
  if (!paid.ok) return refuse(400, 'INVALID_VALUE_ERROR', 'It cannot be paid any more.')
  return { status: 200, body: { status: 'PENDING', message: 'The payment is being simulated.' } }
}

async function getPayment(ports: SandboxPorts, { id }: Call): Promise<Answer> {
  const payment = await ports.payments.find(requestIdOf(id))
  const body = isRequest(payment) && id.startsWith('py-') ? paymentOnWire(payment) : undefined
  return body ? { status: 200, body } : refuse(404, 'DATA_NOT_FOUND', 'There is no such payment.')
}
