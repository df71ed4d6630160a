import { unreachable } from '../../../kernel/result.ts'
import { refunded, refundFailed } from './payment-messages.ts'
import { go, of, type Change, type Payment, type RefundReport } from './payment.ts'

/** The whole payment is to be given back: what was paid, whatever was asked for. */
export function refund(current: Payment): Change {
  switch (current.refund.status) {
    case 'none':
      if (current.status !== 'settled' || !current.paid) {
        return go(current, refundFailed(current, 'NOT_SETTLED'))
      }
      return go({ ...current, refund: { status: 'requested', amount: current.paid.amount } })
    case 'requested':
      return go(current)
    case 'done':
      return go(current, refunded(current))
    case 'failed':
      return go(current, refundFailed(current, current.refund.reason))
    default:
      return unreachable(current.refund)
  }
}

/** How the refund stands at the gateway; once it is done, nothing undoes it. */
export function hearOfRefund(current: Payment, report: RefundReport): Change {
  const asked = current.refund
  if (report.status === 'done' && (asked.status === 'requested' || asked.status === 'failed')) {
    const { amount, attempt } = asked
    return go({ ...current, refund: { status: 'done', amount, ...of(attempt) } }, refunded(current))
  }
  if (report.status === 'failed' && asked.status === 'requested') {
    const { reason } = report
    const { amount, attempt } = asked
    return go(
      { ...current, refund: { status: 'failed', amount, ...of(attempt), reason } },
      refundFailed(current, reason),
    )
  }
  return go(current)
}
