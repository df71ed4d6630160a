import type { Payment } from '../domain/payment.ts'
import type { SandboxPorts } from '../ports.ts'
import { queueNotices } from './queue-notices.ts'

/**
 * Keeps a payment just made, and queues what its gateway tells about it. False when a live payment
 * stands against it.
 */
export async function keepPayment(ports: SandboxPorts, made: Payment): Promise<boolean> {
  return ports.payments.create(made, await queueNotices(ports, undefined, made))
}
