import { createSnap } from '../../domain/midtrans/snap.ts'
import { end } from '../../domain/payment.ts'
import type { SandboxPorts } from '../../ports.ts'
import { changePayment } from '../../use-cases/change-payment.ts'
import { keepPayment } from '../../use-cases/keep-payment.ts'
import type { Answer, Call, Operation } from '../operations.ts'
import { notificationUrls } from './charge.ts'
import { refuseSnap } from './manners.ts'

/** Snap: a page of Midtrans' on which the payer chooses. */
export function snapOperations(ports: SandboxPorts): Operation[] {
  return [
    {
      name: 'create-snap',
      method: 'POST',
      path: '/snap/v1/transactions',
      faults: ['webhook-before-answer'],
      answer: (call) => create(ports, call),
    },
    {
      name: 'cancel-snap',
      method: 'POST',
      path: '/snap/v1/transactions/:id/cancel',
      answer: (call) => cancel(ports, call),
    },
  ]
}

async function create(ports: SandboxPorts, { body, headers }: Call): Promise<Answer> {
  const now = ports.clock()
  const webhookUrls = notificationUrls(headers, ports.webhookUrls.midtrans)
  const made = createSnap(body, { id: ports.newId(), webhookUrls }, now)
  if (!made.ok) return refuseSnap(400, ...made.error)
  const { id, reference } = made.value
  const earlier = await ports.payments.search({ gateway: 'midtrans', reference }, 20)
  if (earlier.some(({ kind }) => kind === 'charge')) {
    return refuseSnap(400, 'transaction_details.order_id has already been taken')
  }
  // A page that nobody has used yet gives way to the new one.
  for (const page of earlier.filter(({ status }) => status === 'pending')) {
    await changePayment(ports, page.id, (current) => end(current, 'cancelled', now))
  }
  await keepPayment(ports, made.value)
  const redirect_url = `${ports.merchant.sandboxUrl}/midtrans/snap/v3/redirection/${id}`
  return { status: 201, body: { token: id, redirect_url }, madeId: id }
}

async function cancel(ports: SandboxPorts, { id }: Call): Promise<Answer> {
  const page = await ports.payments.find(id)
  if (page?.kind !== 'snap') return refuseSnap(404, 'token not found')
  const [attempt] = await ports.payments.search({ parentId: id }, 1)
  if (attempt) return refuseSnap(400, 'Transaction is on progress')
  const now = ports.clock()
  const cancelled = await changePayment(ports, id, (current) => end(current, 'cancelled', now))
  if (!cancelled.ok) return refuseSnap(400, 'token already canceled')
  return { status: 200, body: { canceled_at: now.toISOString() } }
}
