import { hash, randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { newId } from '../../platform/ids.ts'
import type { Http, Module, Task } from '../../platform/module.ts'
import { cleanUp } from './adapters/clean-up.ts'
import { controlPlane } from './adapters/control/api.ts'
import { isLoopbackUrl, type ControlAccess } from './adapters/control/guard.ts'
import { controls, type ControlSwitches } from './adapters/controls.ts'
import { deliveries } from './adapters/deliveries.ts'
import { midtransApi, midtransOperations } from './adapters/midtrans/api.ts'
import { hostedPages } from './adapters/pages/routes.ts'
import { payments } from './adapters/payments.ts'
import { webhookSender } from './adapters/send-webhook.ts'
import { xenditApi, xenditOperations } from './adapters/xendit/api.ts'
import type { GatewayName } from './domain/payment.ts'
import type { SandboxPorts } from './ports.ts'
import { deliverWebhooks } from './use-cases/deliver-webhooks.ts'
import { passTime } from './use-cases/pass-time.ts'

export type SandboxModuleOptions = {
  pool: pg.Pool
  clock: () => Date
  /** The key that callers of its Xendit must show. */
  secretKey: string
  /** Sent with every webhook of its Xendit as `x-callback-token`. */
  callbackToken: string
  /** The key that callers of its Midtrans must show, and with which it signs. */
  serverKey: string
  /** Where browsers reach this program; the hosted pages are below it. */
  publicUrl: string
  /** Where this program itself reaches the merchant's `/v1/webhooks/…`. */
  webhookUrls: Record<GatewayName, string>
  merchantName: string
  /** Who may make it misbehave; see ControlAccess. */
  control: ControlAccess
  /** How long its gateways wait for an answer to a webhook. Default: as long as the real ones. */
  answerMillisMax?: Record<GatewayName, number>
}

/** For tests of those who call a gateway. */
export type SandboxApi = {
  /** The next invoice is created, but its caller never hears of it. */
  dropNextCreateAnswer(): void
}

/** Whether there is a control page at `/sandbox` at all. */
export function hasControlPage(access: ControlAccess, publicUrl: string): boolean {
  return access === 'anyone' || (access === 'loopback' && isLoopbackUrl(publicUrl))
}

/**
 * Payment gateways to develop and try against: Xendit's wire format below `/sandbox/xendit`,
 * Midtrans' below `/sandbox/midtrans`, and a control page at `/sandbox` that makes them misbehave.
 * Its routes carry their full paths: mount them at the root, not under `/v1`.
 */
export function sandboxModule(options: SandboxModuleOptions): Module<SandboxApi> {
  const { pool } = options
  const switches = controls(pool)
  const ports = portsOf(options, switches)
  return {
    name: 'sandbox',
    api: {
      dropNextCreateAnswer: () => switches.befallNext('create-invoice', 'answer-lost'),
    },
    routes(http) {
      const at = (prefix: string, serve: (scope: Http) => void) =>
        http.register(async (scope) => serve(scope as Http), { prefix })
      at('/sandbox/xendit', (scope) => xenditApi(scope, ports, switches, options))
      at('/sandbox/midtrans', (scope) => midtransApi(scope, ports, options))
      at('/sandbox', (scope) => hostedPages(scope, ports))
      const access = options.control
      if (!hasControlPage(access, options.publicUrl)) return
      const operations = [
        ...xenditOperations(ports, switches, options),
        ...midtransOperations(ports),
      ]
      at('/sandbox', (scope) => controlPlane(scope, { ports, switches, pool, access, operations }))
    },
    handlers: {},
    tasks: tasksOf(options, ports),
    problems: {},
  }
}

function portsOf(options: SandboxModuleOptions, switches: ControlSwitches): SandboxPorts {
  const { pool, serverKey } = options
  const answerMillisMax = options.answerMillisMax ?? { xendit: 30_000, midtrans: 15_000 }
  return {
    payments: payments(pool),
    deliveries: deliveries(pool),
    controls: switches,
    send: webhookSender({ callbackToken: options.callbackToken, answerMillisMax }),
    webhookUrls: options.webhookUrls,
    merchant: {
      name: options.merchantName,
      sandboxUrl: `${options.publicUrl}/sandbox`,
      sign: (text) => hash('sha512', `${text}${serverKey}`),
    },
    clock: () => new Date(options.clock().getTime() + switches.aheadMillis()),
    newId,
    newDigits: (count) => Array.from({ length: count }, () => randomInt(10)).join(''),
    pause: (millis) => pause(millis),
  }
}

function tasksOf({ pool }: SandboxModuleOptions, ports: SandboxPorts): Task[] {
  const task = (name: string, everyMillis: number, run: Task['run']): Task => ({
    name: `sandbox.${name}`,
    everyMillis,
    async run(signal) {
      await ports.controls.ready()
      await run(signal)
    },
  })
  return [
    task('pass-time', 500, (signal) => passTime(ports, signal)),
    task('deliver', 200, (signal) => deliverWebhooks(ports, signal)),
    task('clean-up', 3_600_000, (signal) => cleanUp(pool, ports.clock(), signal)),
  ]
}
