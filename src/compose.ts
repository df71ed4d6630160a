import assert from 'node:assert'
import { createHmac } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Composition, Surroundings } from './composition.ts'
import { localUrl, type Config, type ContractName } from './config.ts'
import type { Contract } from './contracts/contract.ts'
import { concertContract } from './contracts/concert/concert.ts'
import { servicesContract } from './contracts/services/services.ts'
import { tedxContract } from './contracts/tedx/tedx.ts'
import { demoAccounts } from './demo/demo-data.ts'
import { loadDemoData as load } from './demo/load-demo-data.ts'
import { toPublicId } from './kernel/id.ts'
import type { Envelope } from './kernel/message.ts'
import { admissionModule } from './modules/admission/index.ts'
import { bookingModule } from './modules/booking/index.ts'
import { catalogModule } from './modules/catalog/index.ts'
export { userImport } from './modules/identity/index.ts'
import {
  createUser,
  identityModule,
  identityPorts,
  requestAuthenticator,
} from './modules/identity/index.ts'
import { notificationModule } from './modules/notification/index.ts'
import {
  midtransGateway,
  paymentModule,
  xenditGateway,
  type Gateway,
  type SandboxBuyer,
} from './modules/payment/index.ts'
import { sandboxModule } from './modules/sandbox/index.ts'
import type { Subscription } from './platform/bus.ts'
import type { Http, MessageHandler } from './platform/module.ts'
import { createHttpServer } from './platform/http-server.ts'
import { serveHealth } from './platform/health.ts'
import { servePages } from './platform/pages.ts'
import { openPool } from './platform/postgres.ts'
import { platformProblems } from './platform/problems.ts'
import { outboxRelay } from './platform/relay.ts'
import { pendingRevisions, upgradeToHead } from './platform/revisions.ts'
import { startError } from './platform/start-error.ts'
import { runTask } from './platform/tasks.ts'
import manifest from '../package.json' with { type: 'json' }

const deskConnections = 8
/** A process that freezes in the middle must not keep the lock on an event's stock for ever. */
const deskSettings = {
  pipeline: true,
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
}
const clock = () => new Date()
const refreshTokenSeconds = 30 * 24 * 60 * 60

/** Every module with what it needs. Modules that ask each other do so when they are asked. */
export function composeModules(here: Surroundings, wakeWorker: () => void = () => {}) {
  const { config, databaseUrl, pool, log } = here
  const { http, keys, mail } = config
  const deskPool = openPool(databaseUrl, deskConnections, deskSettings)

  const identitySettings = identitySettingsOf(here)
  const identity = identityModule(identitySettings)

  /** Where a buyer finds their order, also without an account. */
  const orderUrl = (orderId: string) => {
    const path = `/v1/orders/${toPublicId('order', orderId)}`
    return `${http.publicUrl}${path}?secret=${booking.api.secretOf(orderId)}`
  }
  const { payment, sandbox } = composePayment(here, orderUrl)
  const catalog = catalogModule({
    pool,
    clock,
    pause,
    catalogRefreshSeconds: config.catalogRefreshSeconds,
    onMessages: wakeWorker,
    booking: {
      stockOf: (eventId) => booking.api.stockOf(eventId),
      capacityMin: (eventId, ticketTypeId) => booking.api.capacityMin(eventId, ticketTypeId),
    },
  })
  const booking = bookingModule({
    pool,
    deskPool,
    log,
    catalog: catalog.api,
    payment: payment.api,
    holdSeconds: config.holdSeconds,
    orderSecretKey: secretKey(config, 'ORDER_SECRET_KEY'),
    catalogRefreshSeconds: config.catalogRefreshSeconds,
  })
  const admission = admissionModule({
    pool,
    clock,
    booking: booking.api,
    catalog: catalog.api,
    ticketSigningSeed: createHmac('sha256', keys.TICKET_SIGNING_KEY)
      .update('ticket codes')
      .digest(),
  })
  const notification = notificationModule({
    pool,
    clock,
    admission: admission.api,
    orderUrl,
    operatorAddress: mail.operator ?? null,
    smtp: mail.host === undefined ? null : smtpOptions(mail, mail.host),
  })

  const modules = [identity, catalog, booking, payment, admission, notification]
  return {
    modules: sandbox ? [...modules, sandbox] : modules,
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

const identitySettingsOf = ({ config, pool }: Surroundings) =>
  identityPorts({
    pool,
    clock,
    accessTokenKey: secretKey(config, 'ACCESS_TOKEN_KEY'),
    accessTokenSeconds: config.accessTokenSeconds,
    refreshTokenKey: secretKey(config, 'REFRESH_TOKEN_KEY'),
    refreshTokenSeconds,
  })

type Composed = ReturnType<typeof composeModules>

/** Payment with its gateways; the sandbox is one that this program itself answers for. */
function composePayment(
  { config, pool, log }: Surroundings,
  returnUrl: (orderId: string) => string,
) {
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
        webhookUrls: {
          xendit: `${ownUrl}/v1/webhooks/xendit`,
          midtrans: `${ownUrl}/v1/webhooks/midtrans`,
        },
        merchantName: 'Karcis',
        control: config.payment.sandboxControl,
      })
    : undefined
  const midtransUrl = `${ownUrl}/sandbox/midtrans`
  const made = sandbox
    ? [
        xenditGateway({ ...sandboxKeys, baseUrl: `${ownUrl}/sandbox/xendit`, sandbox: true }),
        midtransGateway({
          baseUrl: midtransUrl,
          snapUrl: midtransUrl,
          serverKey,
          account: 'sandbox',
          clock,
        }),
      ]
    : gateways.flatMap((name) => liveGateways[name]?.(config.payment) ?? [])
  const payment = paymentModule({
    pool,
    log,
    clock,
    returnUrl,
    gateways: Object.fromEntries(made.map((gateway) => [gateway.name, gateway])),
  })
  return { payment, sandbox }
}

/** The foreign contracts that are switched on. */
function composeContracts(
  { config, pool }: Surroundings,
  { catalog, booking, payment, identity, identitySettings, sandbox }: Composed,
): Contract[] {
  const { unsignedCallbacks, vaPrefix, ...concert } = config.concert
  const available: Partial<Record<ContractName, () => Contract>> = {
    tedx: () =>
      tedxContract({
        ...config.tedx,
        pool,
        booking,
        identity: identity.api,
        acceptWebhook: payment.acceptWebhook,
      }),
    services: () =>
      servicesContract({
        pool,
        authenticate: identity.api.authenticate,
        identity: identitySettings,
        catalog,
        booking: booking.ports,
        bookingApi: booking.api,
        payments: payment.watch,
        paymentMethods: payment.api.methods,
      }),
    concert: () =>
      concertContract({
        ...concert,
        pool,
        booking,
        orders: booking.api,
        payment,
        vaPrefix: vaPrefix ?? (sandbox ? sandboxVaPrefix : undefined),
        unsigned: sandbox && unsignedCallbacks ? sandboxBuyer(config) : undefined,
      }),
  }
  return config.contracts.flatMap((name) => available[name]?.() ?? [])
}

const composeApi: Composition['composeApi'] = async ({ wakeWorker, ...here }) => {
  const composed = composeModules(here, wakeWorker)
  const { modules, identity, notification, sandbox, close } = composed
  const http = await createHttpServer({
    logger: here.log,
    version: manifest.version,
    authenticate: requestAuthenticator(identity.api),
  })
  // Whatever a request changed may have left a message in an outbox.
  http.addHook('onResponse', (request, _reply, done) => {
    if (request.method !== 'GET') wakeWorker()
    done()
  })
  serveHealth(http, here.pool)
  await http.register(
    async (v1) => {
      for (const { routes, name } of modules) if (name !== 'sandbox') routes(v1 as Http)
      v1.get('/openapi.json', { schema: { hide: true } }, () => http.swagger())
    },
    { prefix: '/v1' },
  )
  for (const contract of composeContracts(here, composed)) {
    // A server of its own, so that how it answers errors is its own affair.
    await http.register(async (scope) => {
      contract.prepare(scope as Http)
      for (const addRoutes of Object.values(contract.routes)) addRoutes(scope as Http)
    })
  }
  sandbox?.routes(http)
  servePages(http, addresses(here), [platformProblems, ...modules.map(({ problems }) => problems)])
  notification.mailboxRoutes(http)
  return { http, close, addresses: addresses(here) }
}

function addresses({ config }: Surroundings): Record<string, string> {
  return {
    'Shop API': '/v1/events',
    'API reference': '/docs',
    ...(config.mail.host === undefined && { 'Captured mail': '/dev/mail' }),
    ...(config.database.demoData && {
      'Demo accounts': demoAccounts.map(({ email }) => email).join(', '),
      'Demo password': demoAccounts[0]!.password,
    }),
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

/** The modules that write messages, each into the outbox of its own schema. */
const senders = ['catalog', 'booking', 'payment', 'admission']

const composeWorker: Composition['composeWorker'] = async (here) => {
  const { pool, log } = here
  const composed = composeModules(here)
  // Loaded here, because the processes that answer requests do without.
  const { postgresBus } = await import('./platform/postgres-bus.ts')
  const subscribers = [...composed.modules, ...composeContracts(here, composed)]
  const bus = await postgresBus(pool, subscribersOf(subscribers), log)
  const relays = senders.map((schema) => outboxRelay(pool, schema, bus, log))
  const wake = () => relays.forEach((relay) => relay.wake())

  return {
    wake,
    async run(signal) {
      await Promise.all([
        bus.deliver(subscriptionsOf(subscribers, wake), signal),
        ...relays.map((relay) => relay.run(signal)),
        ...composed.modules.flatMap(({ tasks }) =>
          tasks.map((task) => runTask({ ...task, run: waking(task.run, wake) }, log, signal)),
        ),
      ])
      await composed.close()
    },
  }
}

type Subscriber = { name: string; handlers?: Record<string, MessageHandler> }

/** Which modules react to which type of message, whichever process they run in. */
function subscribersOf(modules: readonly Subscriber[]): Map<string, string[]> {
  const subscribers = new Map<string, string[]>()
  for (const { name, handlers = {} } of modules) {
    for (const type of Object.keys(handlers)) {
      subscribers.set(type, [...(subscribers.get(type) ?? []), name])
    }
  }
  return subscribers
}

function subscriptionsOf(modules: readonly Subscriber[], wake: () => void): Subscription[] {
  return modules.flatMap(({ name, handlers = {} }) =>
    Object.entries(handlers).map(([type, handle]) => ({
      module: name,
      type,
      handle: waking(handle, wake),
    })),
  )
}

/** Work that may have left messages in an outbox has the relays look at once. */
const waking =
  <Argument>(work: (argument: Argument) => Promise<void>, wake: () => void) =>
  async (argument: Argument): Promise<void> => {
    await work(argument)
    wake()
  }

const loadDemoData: Composition['loadDemoData'] = async (here) => {
  const composed = composeModules(here)
  const { identity, identitySettings, catalog, booking } = composed
  await load({
    identity: identity.api,
    createUser: ({ userId, ...account }) =>
      createUser(identitySettings, { ...account, id: userId, phone: null }),
    catalog: catalog.api,
    clock: () => new Date(),
  })
  // The events are on sale at once, before a worker relays what catalog said about them.
  const atOnce = {
    publish: async (envelopes: readonly Envelope[]) => {
      for (const envelope of envelopes) await booking.handlers[envelope.type]?.(envelope)
    },
  }
  await outboxRelay(here.pool, 'catalog', atOnce, here.log).drain()
  await composed.close()
}

/** A key that is as secret as the one it is made of, and of no use for finding that one. */
const derivedKey = (key: string, purpose: string): string =>
  createHmac('sha256', key).update(purpose).digest('base64url')

type PaymentConfig = Config['payment']

const liveGateways: Partial<
  Record<PaymentConfig['gateways'][number], (config: PaymentConfig) => Gateway>
> = {
  xendit({ xendit: { url, secretKey, callbackToken } }) {
    assert(secretKey !== undefined && callbackToken !== undefined, 'the configuration demands them')
    return xenditGateway({ baseUrl: url, secretKey, callbackToken })
  },
  midtrans({ midtrans: { url, snapUrl, serverKey, account } }) {
    assert(serverKey !== undefined, 'the configuration demands it')
    return midtransGateway({ baseUrl: url, snapUrl, serverKey, account, clock })
  },
}

function smtpOptions({ port, user, password, from }: Config['mail'], host: string) {
  const credentials = user === undefined || password === undefined ? null : { user, password }
  return { host, port, from, credentials }
}

const migrate: Composition['migrate'] = async (databaseUrl, mode, log) => {
  const pool = openPool(databaseUrl, 1)
  try {
    // The progress of the start tells it already.
    const quietly = { info: (text: string) => log.debug(text) }
    if (mode === 'auto') return await upgradeToHead(pool, quietly)
    const pending = await pendingRevisions(pool)
    if (pending.length === 0) return
    throw startError(
      `The database lacks ${pending.length} of our revisions; run \`npm run db -- upgrade\`, or start with MIGRATE=auto.`,
    )
  } finally {
    await pool.end()
  }
}

export const composition: Composition = { migrate, loadDemoData, composeApi, composeWorker }
