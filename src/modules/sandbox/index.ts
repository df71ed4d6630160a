import type pg from 'pg'
import type { Http, Module } from '../../platform/module.ts'
import { postgresStore } from '../../platform/postgres-store.ts'
import { deliveries, webhookSender } from './adapters/deliveries.ts'
import { invoicePersistence, invoiceSearch } from './adapters/invoices.ts'
import { hostedPages } from './adapters/pages.ts'
import { xenditApi } from './adapters/xendit-api.ts'
import type { SandboxPorts } from './ports.ts'
import { advanceTime } from './use-cases/advance-time.ts'
import { deliverWebhooks } from './use-cases/deliver-webhooks.ts'

export type SandboxModuleOptions = {
  pool: pg.Pool
  clock: () => Date
  /** The key its callers must show. */
  secretKey: string
  /** Sent with every webhook as `x-callback-token`. */
  callbackToken: string
  /** Where browsers reach this program; the hosted pages are below it. */
  publicUrl: string
  /** Where this program itself reaches the merchant's `/v1/webhooks/xendit`. */
  webhookUrl: string
  merchantName: string
}

/** For tests of those who call a gateway. */
export type SandboxApi = {
  /** The next invoice is created, but its caller never hears of it. */
  dropNextCreateAnswer(): void
}

/**
 * A payment gateway to develop and try against, which speaks Xendit's wire format below
 * `/sandbox/xendit`. Its routes carry their full paths: mount them at the root, not under `/v1`.
 */
export function sandboxModule(options: SandboxModuleOptions): Module<SandboxApi> {
  const { pool, clock } = options
  const merchant = {
    name: options.merchantName,
    pagesUrl: `${options.publicUrl}/sandbox/xendit/web`,
  }
  const ports: SandboxPorts = {
    invoices: postgresStore(pool, invoicePersistence(merchant)),
    invoiceSearch: invoiceSearch(pool),
    deliveries: deliveries(pool),
    send: webhookSender(options.webhookUrl, options.callbackToken),
    merchant,
    clock,
  }
  let dropsNext = false
  const takeDroppedAnswer = () => {
    const drops = dropsNext
    dropsNext = false
    return drops
  }

  return {
    name: 'sandbox',
    api: {
      dropNextCreateAnswer() {
        dropsNext = true
      },
    },
    routes(http) {
      const prefix = '/sandbox/xendit'
      const { secretKey } = options
      http.register(
        async (scope) => xenditApi(scope as Http, ports, { secretKey, takeDroppedAnswer }),
        { prefix },
      )
      http.register(async (scope) => hostedPages(scope as Http, ports), { prefix })
    },
    handlers: {},
    tasks: [
      {
        name: 'sandbox.advance',
        everyMillis: 500,
        async run(signal) {
          await advanceTime(ports, signal)
          await deliverWebhooks(ports, signal)
        },
      },
    ],
    problems: {},
  }
}
