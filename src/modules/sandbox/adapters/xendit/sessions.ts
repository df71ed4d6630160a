import type { SandboxPorts } from '../../ports.ts'
import { end, type Payment } from '../../domain/payment.ts'
import { createSession, sessionOnWire } from '../../domain/xendit/session.ts'
import { changePayment } from '../../use-cases/change-payment.ts'
import { keepPayment } from '../../use-cases/keep-payment.ts'
import type { Answer, Call, Operation } from '../operations.ts'
import { refuse } from './manners.ts'

/** Sessions: a page of Xendit's on which the payer chooses, the successor of invoices. */
export function sessionOperations(ports: SandboxPorts): Operation[] {
  return [
    {
      name: 'create-session',
      method: 'POST',
      path: '/sessions',
      faults: ['webhook-before-answer'],
      answer: (call) => create(ports, call),
    },
    {
      name: 'get-session',
      method: 'GET',
      path: '/sessions/:id',
      answer: async ({ id }) => found(ports, await ports.payments.find(id)),
    },
    {
      name: 'cancel-session',
      method: 'POST',
      path: '/sessions/:id/cancel',
      answer: (call) => cancel(ports, call),
    },
  ]
}

const isSession = (payment: Payment | undefined): payment is Payment => payment?.kind === 'session'
const notFound = refuse(404, 'DATA_NOT_FOUND', 'There is no such session.')

async function create(ports: SandboxPorts, { body }: Call): Promise<Answer> {
  const id = `ps-${ports.newId()}`
  const made = createSession(body, id, ports.clock())
  if (!made.ok) return refuse(400, made.error.kind, made.error.message)
  await keepPayment(ports, made.value)
  return { status: 201, body: sessionOnWire(made.value, ports.merchant), madeId: id }
}

function found({ merchant }: SandboxPorts, session: Payment | undefined): Answer {
  return isSession(session) ? { status: 200, body: sessionOnWire(session, merchant) } : notFound
}

async function cancel(ports: SandboxPorts, { id }: Call): Promise<Answer> {
  const cancelled = await changePayment(ports, id, (current) =>
    end(isSession(current) ? current : undefined, 'cancelled', ports.clock()),
  )
  if (cancelled.ok) return found(ports, cancelled.value)
  if (cancelled.error.kind === 'payment-not-found') return notFound
  return refuse(400, 'API_VALIDATION_ERROR', 'Only an active session can be cancelled.')
}
