import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Envelope } from '../../kernel/message.ts'
import type { MessageHandler, Module } from '../../platform/module.ts'
import { rowWatch, type RowWatch } from '../../platform/row-watch.ts'
import { postgresStore } from '../../platform/postgres-store.ts'
import type { BookingMessage } from '../booking/contract.ts'
import { derivedId } from '../../platform/ids.ts'
import { confirmationGateway, postgresConfirmations } from './adapters/confirmation-gateway.ts'
import { paymentRoutes } from './adapters/http.ts'
import { paymentGauges } from './adapters/gauges.ts'
import { refundRoutes } from './adapters/refund-routes.ts'
import { forgetOldWebhooks, postgresInbox } from './adapters/inbox.ts'
import { measuredGateway } from './adapters/measured-gateway.ts'
import { paymentTraces } from './adapters/payment-traces.ts'
import { duePayments, paymentPersistence } from './adapters/payments.ts'
import { paymentProblems } from './adapters/problems.ts'
import { paymentOfOrders, paymentsOf, refundsOf } from './adapters/queries.ts'
import { withSteps } from './adapters/gateway-steps.ts'
import { timelineOf } from './adapters/timeline.ts'
import { webhookAcceptance, webhookRoutes } from './adapters/webhook-routes.ts'
import type { PaymentApi, PaymentMethod, PaymentOfOrder } from './contract.ts'
import type { AcceptWebhook, Gateway, PaymentPorts } from './ports.ts'
import { cancelPayment } from './use-cases/cancel-payment.ts'
import { processWebhooks } from './use-cases/process-webhooks.ts'
import { reconcileEveryMillis, reconcilePayments } from './use-cases/reconcile-payments.ts'
import { refundPayment } from './use-cases/refund-payment.ts'
import { requestPayment } from './use-cases/request-payment.ts'

export type { SandboxBuyer } from './use-cases/act-as-buyer.ts'
export { midtransGateway } from './adapters/midtrans-gateway.ts'
export { xenditGateway } from './adapters/xendit-gateway.ts'
export type { Gateway } from './ports.ts'

export type PaymentModuleOptions = Pick<PaymentPorts, 'gateways' | 'returnUrl' | 'clock'> & {
  pool: pg.Pool
  log: FastifyBaseLogger
  /** Secret bytes from which the codes of mailed links are made. */
  confirmationKey: Uint8Array
}

/** Also what the routes of foreign contracts need. */
export type PaymentModule = Module<PaymentApi> & {
  ports: PaymentPorts
  acceptWebhook: AcceptWebhook
  watch: RowWatch<PaymentOfOrder>
}

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
      ...withSteps(measured(options.gateways)),
      confirmation: confirmationGateway(options),
    },
    confirmations: postgresConfirmations(options),
    derivedId,
  } satisfies PaymentPorts

  // Nobody is offered to confirm an order without paying.
  const methods = Object.values(options.gateways).flatMap(offeredBy)

  const acceptWebhook = webhookAcceptance(ports)

  return {
    ports,
    acceptWebhook,
    watch: rowWatch((orderIds) => paymentOfOrders(pool, orderIds), options.log),
    name: 'payment',
    api: {
      paymentsOf: (orderId) => paymentsOf(pool, orderId),
      timelineOf: (orderId) => timelineOf(pool, orderId),
      refundsOf: (orderId) => refundsOf(pool, orderId),
      methods: () => methods,
    },
    routes(http) {
      paymentRoutes(http, ports, methods)
      refundRoutes(http, ports)
      // Nobody reports a confirmation by webhook.
      webhookRoutes(http, { ...ports, gateways: options.gateways }, acceptWebhook)
    },
    handlers: {
      'payment.request': on<'payment.request'>((command) => requestPayment(ports, command)),
      'payment.cancel': on<'payment.cancel'>((command) => cancelPayment(ports, command)),
      'payment.refund': on<'payment.refund'>((command) => refundPayment(ports, command)),
    },
    tasks: [
      {
        name: 'payment.process-webhooks',
        everyMillis: 1_000,
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

const measured = (gateways: PaymentPorts['gateways']): PaymentPorts['gateways'] =>
  Object.fromEntries(
    Object.entries(gateways).map(([name, gateway]) => [name, measuredGateway(gateway)]),
  )

const offeredBy = ({ name, methods }: Gateway): PaymentMethod[] =>
  methods.map((method) => ({
    gateway: name,
    method: method.method,
    channel: method.channel,
    currency: method.currency,
    amountMin: method.amountMin,
    amountMax: method.amountMax,
    expirySecondsMin: method.expirySecondsMin,
    expirySecondsMax: method.expirySecondsMax,
    ...(method.needsPhone && { needsPhone: true }),
    refundable: method.refundable,
  }))

type Command<Type> = Extract<BookingMessage, { type: Type }>

function on<Type extends BookingMessage['type']>(
  handle: (command: Command<Type>['data']) => Promise<void>,
): MessageHandler {
  return (envelope) => handle((envelope as Envelope<Command<Type>>).data)
}
