import type { Result } from '../../../kernel/result.ts'
import type { Payment } from '../domain/payment.ts'
import type { SandboxPorts } from '../ports.ts'
import { queueNotices } from './queue-notices.ts'

/**
 * Changes a payment, and queues what its gateway tells about the change. Decisions on the same
 * payment take effect one after another; a decision that returns what it was given writes nothing.
 * Who has just read the payment passes it, and spares it being read again.
 */
export async function changePayment<E>(
  ports: SandboxPorts,
  known: string | Payment,
  decide: (current: Payment | undefined) => Result<Payment, E>,
): Promise<Result<Payment, E>> {
  const id = typeof known === 'string' ? known : known.id
  let current = typeof known === 'string' ? await ports.payments.find(id) : known
  for (;;) {
    const decided = decide(current)
    if (!decided.ok || decided.value === current) return decided
    const deliveries = await queueNotices(ports, current, decided.value)
    if (await ports.payments.change(decided.value, deliveries)) return decided
    current = await ports.payments.find(id)
  }
}
