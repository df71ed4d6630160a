import { derivedId } from '../../src/platform/ids.ts'
import { ok } from '../../src/kernel/result.ts'
import { memoryStore } from '../../src/platform/memory-store.ts'
import type { PaymentMessage } from '../../src/modules/payment/contract.ts'
import type { GatewayReport, Payment } from '../../src/modules/payment/domain/payment.ts'
import type { WebhookConclusion } from '../../src/modules/payment/domain/webhook.ts'
import type { Gateway, KeptWebhook, PaymentPorts } from '../../src/modules/payment/ports.ts'

const at = new Date('2026-11-20T10:00:00Z')

export const report = (gatewayId: string, status: 'open' | 'expired'): GatewayReport => ({
  gatewayId,
  status,
  instructions: {
    method: 'invoice',
    checkoutUrl: null,
    vaNumber: null,
    channel: null,
    qrString: null,
  },
  expiresAt: new Date(at.getTime() + 900_000),
})

const invoiceMethod = {
  method: 'invoice',
  channel: null,
  currency: 'IDR',
  amountMin: 1,
  amountMax: 50_000_000,
  expirySecondsMin: 60,
  expirySecondsMax: 86_400,
  refundable: 'full' as const,
  reversibleSeconds: 0,
}

/** Payment's ports in memory. `calls` tells what the gateway was asked, in order. */
export function memoryPorts(changes: Partial<Gateway> = {}) {
  const sent: PaymentMessage[] = []
  const calls: string[] = []
  const due: string[] = []
  const webhooks: KeptWebhook[] = []
  const conclusions: WebhookConclusion[] = []
  const warnings: string[] = []
  const gateway: Omit<Gateway, 'unhurried'> = {
    name: 'xendit',
    account: 'test',
    methods: [invoiceMethod],
    callsPerSecond: Infinity,
    create: async () => ok(report('g1', 'open')),
    search: async () => [],
    get: async (gatewayId) => report(gatewayId, 'open'),
    close: async (gatewayId) => report(gatewayId, 'expired'),
    refund: async () => ok({ status: 'pending' }),
    findRefund: async () => undefined,
    isAuthentic: () => true,
    readWebhook: (body) => ({ key: body, about: 'refund', refundReference: body }),
    ...changes,
  }
  const noting = Object.fromEntries(
    Object.entries(gateway).map(([name, value]) => {
      if (typeof value !== 'function') return [name, value]
      const call = value as (...args: unknown[]) => unknown
      return [name, (...args: unknown[]) => (calls.push(name), call(...args))]
    }),
  ) as Omit<Gateway, 'unhurried'>

  const ports: PaymentPorts = {
    payments: memoryStore<Payment, PaymentMessage>(sent),
    duePayments: { claim: async (_gateway, _at, _until, countMax) => due.splice(0, countMax) },
    inbox: {
      keep: async () => undefined,
      keepRefused: async () => {},
      claim: async () => webhooks.splice(0),
      conclude: async (_id, conclusion) => void conclusions.push(conclusion),
      reopen: async () => ok(undefined),
    },
    gateways: { xendit: { ...noting, unhurried: noting } },
    derivedId,
    confirmations: {
      codeOf: () => '',
      findByCode: async () => undefined,
      confirm: async () => false,
    },
    inTraceOf: (_paymentId, work) => work(),
    returnUrl: (orderId) => `https://shop.example/orders/${orderId}`,
    clock: () => at,
    log: { warn: (_details, text) => void warnings.push(text) },
  }
  const types = () => sent.map(({ type }) => type.replace('payment.', ''))
  return { ports, types, calls, due, webhooks, conclusions, warnings }
}
