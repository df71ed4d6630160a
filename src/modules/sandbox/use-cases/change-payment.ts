import type { Result } from '../../../kernel/result.ts'
import type { Payment } from '../domain/payment.ts'
import type { SandboxPorts } from '../ports.ts'
import { queueNotices } from './queue-notices.ts'

/**
 * Changes a payment, and queues what its gateway tells about the change. Decisions on the same
 * payment take effect one after another; a decision that returns what it was given writes nothing.
 */
export async function changePayment<E>(
  ports: SandboxPorts,
  id: string,
  decide: (current: Payment | undefined) => Result<Payment, E>,
): Promise<Result<Payment, E>> {
  for (;;) {
    const current = await ports.payments.find(id)
    const decided = decide(current)
    if (!decided.ok || decided.value === current) return decided
    const deliveries = await queueNotices(ports, current, decided.value)
    if (await ports.payments.change(decided.value, deliveries)) return decided
  }
}
