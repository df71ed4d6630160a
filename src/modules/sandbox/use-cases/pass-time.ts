import { err, ok } from '../../../kernel/result.ts'
import { passTime as pass } from '../domain/payment.ts'
import type { SandboxPorts } from '../ports.ts'
import { changePayment } from './change-payment.ts'

const atOnceMax = 20

/** Does what time does: what nobody has paid runs out, refunds are over. */
export async function passTime(ports: SandboxPorts, signal: AbortSignal): Promise<void> {
  for (;;) {
    const now = ports.clock()
    const due = await ports.payments.due(now, 1_000)
    for (let i = 0; i < due.length && !signal.aborted; i += atOnceMax) {
      await Promise.all(
        due
          .slice(i, i + atOnceMax)
          .map((id) =>
            changePayment(ports, id, (current) =>
              current ? ok(pass(current, now)) : err({ kind: 'gone' as const }),
            ),
          ),
      )
    }
    if (due.length < 1_000 || signal.aborted) return
  }
}
