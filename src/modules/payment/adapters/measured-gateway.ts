import { counter, histogram } from '../../../platform/metrics.ts'
import type { Span } from '../../../platform/span.ts'
import { traced } from '../../../platform/tracing.ts'
import type { Gateway, GatewayCalls } from '../ports.ts'

const calls = counter(
  'karcis_gateway_calls_total',
  'Calls of payment gateways: answered, refused by the gateway, or without a usable answer.',
  'gateway',
  'operation',
  'outcome',
)
const seconds = histogram(
  'karcis_gateway_call_seconds',
  'How long calls of payment gateways took, whatever came of them.',
  [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
  'gateway',
  'operation',
)

/** The gateway, with every call of it counted, timed and traced. */
export function measuredGateway(gateway: Gateway): Gateway {
  const measured =
    <Args extends unknown[], Answer>(operation: string, call: (...args: Args) => Promise<Answer>) =>
    (...args: Args): Promise<Answer> =>
      traced(`${gateway.name} ${operation}`, { kind: 'client' }, (span) =>
        ask(operation, span, () => call(...args)),
      )
  const ask = async <Answer>(
    operation: string,
    span: Span | undefined,
    call: () => Promise<Answer>,
  ): Promise<Answer> => {
    const labels = { gateway: gateway.name, operation }
    const startedAt = performance.now()
    let outcome = 'failed'
    try {
      const answer = await call()
      outcome = isRefusal(answer) ? 'refused' : 'answered'
      return answer
    } finally {
      calls.inc({ ...labels, outcome })
      span?.set({ 'karcis.outcome': outcome })
      seconds.observe(labels, (performance.now() - startedAt) / 1_000)
    }
  }
  const measuredCalls = (calls: GatewayCalls): GatewayCalls => ({
    create: measured('create', calls.create),
    search: measured('search', calls.search),
    get: measured('get', calls.get),
    close: measured('close', calls.close),
    refund: measured('refund', calls.refund),
    findRefund: measured('find-refund', calls.findRefund),
  })
  return { ...gateway, ...measuredCalls(gateway), unhurried: measuredCalls(gateway.unhurried) }
}

const isRefusal = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === false
