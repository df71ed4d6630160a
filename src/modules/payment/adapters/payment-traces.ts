import type pg from 'pg'
import { currentSpan } from '../../../platform/request-context.ts'
import { isTracing, ofOrder, traced } from '../../../platform/tracing.ts'
import type { PaymentPorts } from '../ports.ts'

/**
 * What a gateway reports comes by a request of its own, or when it is asked. It goes on in the trace
 * of the payment's request, from where it links to what it came by.
 */
export function paymentTraces(pool: pg.Pool): PaymentPorts['inTraceOf'] {
  return async (paymentId, work) => {
    if (!isTracing()) return work()
    const { rows } = await pool.query<{ orderId: string; parent: string | null }>(
      `select order_id as "orderId", trace_parent as parent from payment.payments where id = $1`,
      [paymentId],
    )
    const [payment] = rows
    if (!payment) return work()
    const cause = currentSpan()
    return traced(
      'payment.report',
      {
        parent: payment.parent ?? undefined,
        links: cause ? [cause] : [],
        attributes: ofOrder(payment.orderId),
      },
      work,
    )
  }
}
