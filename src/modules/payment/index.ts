import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Envelope } from '../../kernel/message.ts'
import type { MessageHandler, Module } from '../../platform/module.ts'
import { postgresStore } from '../../platform/postgres-store.ts'
import type { BookingMessage } from '../booking/contract.ts'
import { confirmationGateway, postgresConfirmations } from './adapters/confirmation-gateway.ts'
import { paymentRoutes } from './adapters/http.ts'
import { paymentGauges } from './adapters/gauges.ts'
import { forgetOldWebhooks, postgresInbox } from './adapters/inbox.ts'
import { measuredGateway } from './adapters/measured-gateway.ts'
import { paymentTraces } from './adapters/payment-traces.ts'
import { duePayments, paymentPersistence } from './adapters/payments.ts'
import { paymentProblems } from './adapters/problems.ts'
import { paymentsOf } from './adapters/queries.ts'
import { withSteps } from './adapters/gateway-steps.ts'
import { timelineOf } from './adapters/timeline.ts'
import { tokenBucket } from './adapters/token-bucket.ts'
import { webhookRoutes } from './adapters/webhook-routes.ts'
import type { PaymentApi } from './contract.ts'
import type { Gateway, PaymentPorts } from './ports.ts'
import { cancelPayment } from './use-cases/cancel-payment.ts'
import { processWebhooks } from './use-cases/process-webhooks.ts'
import { reconcileEveryMillis, reconcilePayments } from './use-cases/reconcile-payments.ts'
import { refundPayment } from './use-cases/refund-payment.ts'
import { requestPayment } from './use-cases/request-payment.ts'

export { xenditGateway } from './adapters/xendit-gateway.ts'

export type PaymentModuleOptions = Pick<PaymentPorts, 'gateways' | 'returnUrl' | 'clock'> & {
  pool: pg.Pool
  log: FastifyBaseLogger
  /** Secret bytes from which the codes of mailed links are made. */
  confirmationKey: Uint8Array
}

/** Also what the routes of foreign contracts need. */
export type PaymentModule = Module<PaymentApi> & { ports: PaymentPorts }

/** Payment, ready to be plugged into a process. */
export function paymentModule(options: PaymentModuleOptions): PaymentModule {
  const { pool, clock } = options
  const ports = {
    ...options,
    payments: postgresStore(pool, paymentPersistence),
    duePayments: duePayments(pool),
    inbox: postgresInbox(pool),
    inTraceOf: paymentTraces(pool),
    gateways: {
      ...paced(withSteps(options.gateways)),
      confirmation: confirmationGateway(options),
    },
    confirmations: postgresConfirmations(options),
  } satisfies PaymentPorts

  const methods = Object.values(ports.gateways).flatMap((gateway) =>
    gateway.methods.map((method) => ({ gateway: gateway.name, ...method })),
  )

  return {
    ports,
    name: 'payment',
    api: {
      paymentsOf: (orderId) => paymentsOf(pool, orderId),
      timelineOf: (orderId) => timelineOf(pool, orderId),
      methods: () => methods,
    },
    routes(http) {
      paymentRoutes(http, ports, methods)
      // Nobody reports a confirmation by webhook.
      webhookRoutes(http, { ...ports, gateways: options.gateways })
    },
    handlers: {
      'payment.request': on<'payment.request'>((command) => requestPayment(ports, command)),
      'payment.cancel': on<'payment.cancel'>((command) => cancelPayment(ports, command)),
      'payment.refund': on<'payment.refund'>((command) => refundPayment(ports, command)),
    },
    tasks: [
      {
        name: 'payment.process-webhooks',
        everyMillis: 5_000,
        async run(signal) {
          while (!signal.aborted && (await processWebhooks(ports, { countMax: 10 })) > 0);
        },
      },
      {
        name: 'payment.reconcile',
        everyMillis: reconcileEveryMillis,
        run: (signal) => reconcilePayments(ports, signal),
      },
      {
        name: 'payment.forget-old-webhooks',
        everyMillis: 60 * 60 * 1000,
        run: () => forgetOldWebhooks(pool, clock()),
      },
    ],
    problems: paymentProblems,
    gauges: paymentGauges,
  }
}

/** Creates no faster than each gateway allows. */
function paced(gateways: PaymentPorts['gateways']): PaymentPorts['gateways'] {
  const pace = (gateway: Gateway): Gateway => {
    const turn = tokenBucket(gateway.createsPerSecond)
    return { ...gateway, create: (request) => turn().then(() => gateway.create(request)) }
  }
  return Object.fromEntries(
    Object.entries(gateways).map(([name, gateway]) => [name, pace(measuredGateway(gateway))]),
  )
}

type Command<Type> = Extract<BookingMessage, { type: Type }>

function on<Type extends BookingMessage['type']>(
  handle: (command: Command<Type>['data']) => Promise<void>,
): MessageHandler {
  return (envelope) => handle((envelope as Envelope<Command<Type>>).data)
}
