import assert from 'node:assert'
import { createHmac } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Surroundings } from './composition.ts'
import { localUrl, type Config, type ContractName, type ModuleName } from './config.ts'
import type { Contract } from './contracts/contract.ts'
import { festivalContract } from './contracts/festival/festival.ts'
import { concertContract } from './contracts/concert/concert.ts'
import { servicesContract } from './contracts/services/services.ts'
import { tedxContract } from './contracts/tedx/tedx.ts'
import { toPublicId } from './kernel/id.ts'
import { admissionModule } from './modules/admission/index.ts'
import { bookingModule, orderSecrets } from './modules/booking/index.ts'
import type { OrderSecrets } from './modules/booking/contract.ts'
import type { CatalogApi } from './modules/catalog/contract.ts'
import { catalogModule } from './modules/catalog/index.ts'
import type { IdentityApi } from './modules/identity/contract.ts'
import { identityModule, identityPorts } from './modules/identity/index.ts'
import { integrationModule } from './modules/integration/index.ts'
import { notificationModule } from './modules/notification/index.ts'
import {
  midtransGateway,
  paymentModule,
  xenditGateway,
  type Gateway,
  type SandboxBuyer,
} from './modules/payment/index.ts'
import { sandboxModule } from './modules/sandbox/index.ts'
import { remoteApi } from './platform/module-calls.ts'
import { measurePool } from './platform/pool-metrics.ts'
import { ownPages, type SharedPages } from './platform/shared-pages.ts'
import { openPool } from './platform/postgres.ts'

const deskConnections = 8
/** A process that freezes in the middle must not keep the lock on an event's stock for ever. */
const deskSettings = {
  pipeline: true,
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
}
export const clock = () => new Date()
const refreshTokenSeconds = 30 * 24 * 60 * 60

/** What a process that answers requests has beside what all have. */
type Reader = { wakeWorker?(): void; pages?: SharedPages }

/**
 * Every module with what it needs, also those that run elsewhere: they are known by what they
 * answer and react to, and asked through `apiOf`. Modules that ask each other do so when they are
 * asked.
 */
export function composeModules(here: Surroundings, reader: Reader = {}) {
  const { config, databaseUrl, pool, log } = here
  const { wakeWorker = () => {}, pages = ownPages } = reader
  const apiOf = apisOf(config)
  const { keys, mail } = config
  const deskPool = measuredPool('desk', databaseUrl, deskConnections, deskSettings)

  const identitySettings = composeIdentity(here)
  const identity = identityModule(identitySettings)

  const secrets = orderSecrets(secretKey(config, 'ORDER_SECRET_KEY'))
  const orderUrl = (orderId: string) => orderUrlOf(config, secrets, orderId)
  const { payment, sandbox } = composePayment(here, orderUrl)
  const reads = { pool, pages, catalogRefreshSeconds: config.catalogRefreshSeconds }
  const catalog = catalogModule({
    ...reads,
    clock,
    pause,
    onMessages: wakeWorker,
    booking: {
      stockOf: (eventId) => apiOf(booking).stockOf(eventId),
      capacityMin: (eventId, ticketTypeId) => apiOf(booking).capacityMin(eventId, ticketTypeId),
    },
  })
  const booking = bookingModule({
    ...reads,
    deskPool,
    log,
    catalog: apiOf(catalog),
    payment: { ...apiOf(payment), methods: payment.api.methods },
    redemptionsOf: (...event) => apiOf(admission).redemptionsOf(...event),
    admission: { timelineOf: (orderId) => apiOf(admission).timelineOf(orderId) },
    notification: { timelineOf: (orderId) => apiOf(notification).timelineOf(orderId) },
    holdSeconds: config.holdSeconds,
    secrets,
  })
  const admission = admissionModule({
    pool,
    clock,
    booking: apiOf(booking),
    catalog: apiOf(catalog),
    secrets,
    checkInRetentionDays: config.retention.checkInDays,
    ticketSigningSeed: ticketSigningSeed(keys.TICKET_SIGNING_KEY),
  })
  const integration = composeIntegration(here, apiOf(catalog), apiOf(identity))
  const notification = notificationModule({
    pool,
    clock,
    identity: apiOf(identity),
    admission: apiOf(admission),
    mailRetentionDays: config.retention.mailDays,
    orderUrl,
    ...mailOptions(mail),
  })

  const modules = [identity, catalog, booking, payment, admission, integration, notification]
  return {
    modules: sandbox ? [...modules, sandbox] : modules,
    apiOf,
    identity,
    identitySettings,
    catalog,
    booking,
    payment,
    notification,
    sandbox,
    async close() {
      notification.close()
      await deskPool.end()
    },
  }
}

const secretKey = ({ keys }: Config, name: keyof Config['keys']) => Buffer.from(keys[name])

/** Where a buyer finds their order, also without an account. */
function orderUrlOf({ http }: Config, secrets: OrderSecrets, orderId: string): string {
  const path = `/v1/orders/${toPublicId('order', orderId)}`
  return `${http.publicUrl}${path}?secret=${secrets.secretOf(orderId)}`
}

function composeIdentity({ config, pool }: Surroundings) {
  const keysOf = (name: 'ACCESS_TOKEN_KEY' | 'REFRESH_TOKEN_KEY') =>
    config.keys[name].split(',').map((key) => Buffer.from(key))
  return identityPorts({
    pool,
    clock,
    accessTokenKeys: keysOf('ACCESS_TOKEN_KEY'),
    accessTokenSeconds: config.accessTokenSeconds,
    refreshTokenKeys: keysOf('REFRESH_TOKEN_KEY'),
    refreshTokenSeconds,
    auditRetentionDays: config.retention.auditDays,
  })
}

/** How a module is asked: directly when it runs here, over HTTP when it runs elsewhere. */
function apisOf(config: Config) {
  const key = moduleCallsKey(config)
  return <T extends object>({ name, api }: { name: string; api: T }): T => {
    const url = elsewhere(config, name)
    return url === undefined ? api : remoteApi({ name, api, url, key })
  }
}

/** Where a module runs, unless it runs here. The sandbox stands beside the module that uses it. */
export function elsewhere({ modules, moduleUrls }: Config, module: string): string | undefined {
  const name = module === 'sandbox' ? 'payment' : module
  return modules.some((here) => here === name) ? undefined : moduleUrls[name as ModuleName]
}

export const moduleCallsKey = ({ keys }: Config) =>
  derivedKey(keys.ORDER_SECRET_KEY, 'module calls')

/** Payment with its gateways; the sandbox is one that this program itself answers for. */
function composePayment(
  { config, pool, log }: Surroundings,
  returnUrl: (orderId: string) => string,
) {
  const calls = new AbortController()
  const { signal } = calls
  const { http, keys } = config
  const { gateways } = config.payment
  const ownUrl = localUrl(http.host, http.port)
  const sandboxKeys = {
    secretKey: `xnd_development_${derivedKey(keys.ORDER_SECRET_KEY, 'sandbox secret key')}`,
    callbackToken:
      config.payment.xendit.callbackToken ??
      derivedKey(keys.ORDER_SECRET_KEY, 'sandbox callback token'),
  }
  const serverKey = `SB-Mid-server-${derivedKey(keys.ORDER_SECRET_KEY, 'sandbox server key')}`
  const sandbox = gateways.includes('sandbox')
    ? sandboxModule({
        ...sandboxKeys,
        serverKey,
        pool,
        clock,
        publicUrl: http.publicUrl,
        // A webhook keeps its address for hours, over which a service moves to another port.
        webhookUrls: {
          xendit: `${http.entryUrl}/v1/webhooks/xendit`,
          midtrans: `${http.entryUrl}/v1/webhooks/midtrans`,
        },
        merchantName: 'Karcis',
        control: config.payment.sandboxControl,
      })
    : undefined
  const midtransUrl = `${ownUrl}/sandbox/midtrans`
  const made = sandbox
    ? [
        xenditGateway({
          ...sandboxKeys,
          baseUrl: `${ownUrl}/sandbox/xendit`,
          sandbox: true,
          signal,
        }),
        midtransGateway({
          baseUrl: midtransUrl,
          snapUrl: midtransUrl,
          serverKey,
          account: 'sandbox',
          clock,
          signal,
        }),
      ]
    : gateways.flatMap((name) => liveGateways[name]?.(config.payment, signal) ?? [])
  const payment = paymentModule({
    pool,
    log,
    clock,
    returnUrl,
    confirmationKey: Buffer.from(derivedKey(keys.ORDER_SECRET_KEY, 'confirmation codes')),
    gateways: Object.fromEntries(made.map((gateway) => [gateway.name, gateway])),
  })
  /** What was not answered by then is found out later, as after any lost answer. */
  const abandonCalls = () => calls.abort()
  return { payment: { ...payment, abandonCalls }, sandbox }
}

function composeIntegration(
  { config, pool, log }: Surroundings,
  catalog: CatalogApi,
  identity: IdentityApi,
) {
  return integrationModule({
    pool,
    log,
    clock,
    catalog,
    identity,
    secretKey: Buffer.from(derivedKey(config.keys.ORDER_SECRET_KEY, 'webhook secrets')),
    privateAddresses: config.webhookPrivateAddresses,
  })
}

export type Composed = ReturnType<typeof composeModules>

/** The foreign contracts that are switched on. */
export function composeContracts({ config, pool }: Surroundings, modules: Composed): Contract[] {
  const { apiOf, identity, identitySettings, catalog, booking, payment, notification, sandbox } =
    modules
  const { unsignedCallbacks, vaPrefix, ...concert } = config.concert
  const available: Record<ContractName, () => Contract> = {
    festival: () =>
      festivalContract({
        pool,
        clock,
        identity: { api: identity.api, ports: identitySettings },
        catalog,
        booking,
        payment,
        notification,
        publicUrl: config.http.publicUrl,
        holdSeconds: config.confirmationHoldSeconds,
      }),
    tedx: () =>
      tedxContract({
        ...config.tedx,
        pool,
        booking,
        identity: apiOf(identity),
        acceptWebhook: payment.acceptWebhook,
      }),
    services: () =>
      servicesContract({
        pool,
        authenticate: identity.api.authenticate,
        identity: identitySettings,
        catalog,
        booking: booking.ports,
        bookingApi: apiOf(booking),
        payments: payment.watch,
        paymentMethods: payment.api.methods,
      }),
    concert: () =>
      concertContract({
        ...concert,
        pool,
        booking,
        orders: apiOf(booking),
        payment,
        vaPrefix: vaPrefix ?? (sandbox ? sandboxVaPrefix : undefined),
        unsigned: sandbox && unsignedCallbacks ? sandboxBuyer(config) : undefined,
      }),
  }
  return config.contracts.flatMap((name) => available[name]?.() ?? [])
}

export function measuredPool(name: string, ...how: Parameters<typeof openPool>): pg.Pool {
  const pool = openPool(...how)
  measurePool(name, pool)
  return pool
}

export const localModules = ({ config }: Surroundings, { modules }: Composed) =>
  modules.filter(({ name }) => elsewhere(config, name) === undefined)

const ticketSigningSeed = (key: string): Uint8Array =>
  createHmac('sha256', key).update('ticket codes').digest()

/** A key that is as secret as the one it is made of, and of no use for finding that one. */
const derivedKey = (key: string, purpose: string): string =>
  createHmac('sha256', key).update(purpose).digest('base64url')

type PaymentConfig = Config['payment']

const liveGateways: Partial<
  Record<PaymentConfig['gateways'][number], (config: PaymentConfig, signal: AbortSignal) => Gateway>
> = {
  xendit({ xendit: { url, secretKey, callbackToken, callsPerMinute } }, signal) {
    assert(secretKey !== undefined && callbackToken !== undefined, 'the configuration demands them')
    return xenditGateway({ baseUrl: url, secretKey, callbackToken, callsPerMinute, signal })
  },
  midtrans({ midtrans: { url, serverKey, ...more } }, signal) {
    assert(serverKey !== undefined, 'the configuration demands it')
    return midtransGateway({ baseUrl: url, serverKey, ...more, clock, signal })
  },
}

function mailOptions({ host, port, user, password, from, operator }: Config['mail']) {
  const credentials = user === undefined || password === undefined ? null : { user, password }
  return {
    operatorAddress: operator ?? null,
    smtp: host === undefined ? null : { host, port, from, credentials },
  }
}

/** What the Midtrans of the sandbox puts before the digits of a virtual account at BCA. */
const sandboxVaPrefix = '81278'

/** Presses the buttons of the sandbox's pages. */
const sandboxBuyer =
  ({ http }: Config): SandboxBuyer =>
  async (gateway, gatewayId, act) => {
    const page = `${localUrl(http.host, http.port)}/sandbox/${gateway}/web/${gatewayId}`
    const answer = await fetch(`${page}/${act}`, {
      method: 'POST',
      signal: AbortSignal.timeout(10_000),
    })
    // 409: it is over already.
    if (!answer.ok && answer.status !== 409) throw new Error(`the sandbox answers ${answer.status}`)
  }
