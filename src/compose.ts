import assert from 'node:assert'
import { createHmac } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Composition, Surroundings } from './composition.ts'
import { localUrl, moduleNames, type Config, type ContractName, type ModuleName } from './config.ts'
import type { Contract } from './contracts/contract.ts'
import { festivalContract } from './contracts/festival/festival.ts'
import { confirmationQueue, deletionQueue } from './contracts/festival/queues.ts'
import { demoAccounts } from './demo/demo-data.ts'
import { loadDemoData as load } from './demo/load-demo-data.ts'
import { toPublicId } from './kernel/id.ts'
import { daysBefore } from './kernel/instant.ts'
import type { Envelope } from './kernel/message.ts'
import { admissionModule } from './modules/admission/index.ts'
import { bookingModule, orderSecrets } from './modules/booking/index.ts'
import type { CatalogApi } from './modules/catalog/contract.ts'
import { catalogModule } from './modules/catalog/index.ts'
import type { IdentityApi } from './modules/identity/contract.ts'
import {
  createUser,
  identityModule,
  identityPorts,
  requestAuthenticator,
} from './modules/identity/index.ts'
import { integrationModule } from './modules/integration/index.ts'
import { notificationModule } from './modules/notification/index.ts'
import {
  midtransGateway,
  paymentModule,
  xenditGateway,
  type Gateway,
} from './modules/payment/index.ts'
import { sandboxModule } from './modules/sandbox/index.ts'
import type { Routes, Subscription, WorkQueue } from './platform/bus.ts'
import { browserHeaders } from './platform/browser-guards.ts'
import { observed } from './platform/deliveries.ts'
import { databaseGauges, jobGauges, outboxGauges } from './platform/database-gauges.ts'
import type { Logger } from './platform/logger.ts'
import { snapshotOf } from './platform/metrics.ts'
import type { Http, MessageHandler, Task } from './platform/module.ts'
import { forwardTo, prepareForwarding } from './platform/forwarding.ts'
import { remoteApi, serveModuleCalls } from './platform/module-calls.ts'
import { createHttpServer } from './platform/http-server.ts'
import { serveHealth } from './platform/health.ts'
import { deleteOldRows } from './platform/old-rows.ts'
import { openBus } from './platform/open-bus.ts'
import { servePages } from './platform/pages.ts'
import { measurePool } from './platform/pool-metrics.ts'
import { openPool } from './platform/postgres.ts'
import { platformProblems } from './platform/problems.ts'
import { memoryTurns } from './platform/rate-limits.ts'
import { outboxRelay } from './platform/relay.ts'
import { pendingRevisions, upgradeToHead } from './platform/revisions.ts'
import { serveMetrics } from './platform/serve-metrics.ts'
import { startError } from './platform/start-error.ts'
import { reached } from './platform/steps.ts'
import { runTask } from './platform/tasks.ts'
import manifest from '../package.json' with { type: 'json' }

const deskConnections = 8
/** A process that freezes in the middle must not keep the lock on an event's stock for ever. */
const deskSettings = {
  pipeline: true,
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
}
const gaugeConnections = 2
const gaugeSettings = { statement_timeout: 5_000 }
const clock = () => new Date()
const refreshTokenSeconds = 30 * 24 * 60 * 60

/**
 * Every module with what it needs, also those that run elsewhere: they are known by what they
 * answer and react to, and asked through `apiOf`. Modules that ask each other do so when they are
 * asked.
 */
export function composeModules(here: Surroundings, wakeWorker: () => void = () => {}) {
  const { config, databaseUrl, pool, log } = here
  const apiOf = apisOf(config)
  const { http, keys, mail } = config
  const deskPool = measuredPool('desk', databaseUrl, deskConnections, deskSettings)

  const identitySettings = composeIdentity(here)
  const identity = identityModule(identitySettings)

  const secrets = orderSecrets(secretKey(config, 'ORDER_SECRET_KEY'))
  /** Where a buyer finds their order, also without an account. */
  const orderUrl = (orderId: string) => {
    const path = `/v1/orders/${toPublicId('order', orderId)}`
    return `${http.publicUrl}${path}?secret=${secrets.secretOf(orderId)}`
  }
  const { payment, sandbox } = composePayment(here, orderUrl)
  const catalog = catalogModule({
    pool,
    clock,
    pause,
    catalogRefreshSeconds: config.catalogRefreshSeconds,
    onMessages: wakeWorker,
    booking: { stockOf: (eventId) => apiOf(booking).stockOf(eventId) },
  })
  const booking = bookingModule({
    pool,
    deskPool,
    log,
    catalog: apiOf(catalog),
    payment: { ...apiOf(payment), methods: payment.api.methods },
    redemptionsOf: (...event) => apiOf(admission).redemptionsOf(...event),
    admission: { timelineOf: (orderId) => apiOf(admission).timelineOf(orderId) },
    notification: { timelineOf: (orderId) => apiOf(notification).timelineOf(orderId) },
    holdSeconds: config.holdSeconds,
    secrets,
    catalogRefreshSeconds: config.catalogRefreshSeconds,
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
    operatorAddress: mail.operator ?? null,
    smtp: mail.host === undefined ? null : smtpOptions(mail, mail.host),
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
function elsewhere({ modules, moduleUrls }: Config, module: string): string | undefined {
  const name = module === 'sandbox' ? 'payment' : module
  return modules.some((here) => here === name) ? undefined : moduleUrls[name as ModuleName]
}

const moduleCallsKey = ({ keys }: Config) => derivedKey(keys.ORDER_SECRET_KEY, 'module calls')

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
    callbackToken: derivedKey(keys.ORDER_SECRET_KEY, 'sandbox callback token'),
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
    confirmationKey: Buffer.from(derivedKey(keys.ORDER_SECRET_KEY, 'confirmation codes')),
    gateways: Object.fromEntries(made.map((gateway) => [gateway.name, gateway])),
  })
  return { payment, sandbox }
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

type Composed = ReturnType<typeof composeModules>

/** The foreign contracts that are switched on. */
function composeContracts({ config, pool }: Surroundings, modules: Composed): Contract[] {
  const { identity, identitySettings, catalog, booking, payment, notification } = modules
  const available: Partial<Record<ContractName, () => Contract>> = {
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
  }
  return config.contracts.flatMap((name) => available[name]?.() ?? [])
}

const composeApi: Composition['composeApi'] = async ({ wakeWorker, snapshots, ...here }) => {
  const composed = composeModules(here, wakeWorker)
  const { modules, apiOf, identity, close } = composed
  const contracts = composeContracts(here, composed)
  const { takeTurn, closeTurns } = await openTurns(here)
  const http = await createHttpServer({
    logger: here.log,
    version: manifest.version,
    authenticate: requestAuthenticator({
      // A token is its own proof; only a key has to be looked up where it is kept.
      authenticate: (credential) =>
        credential.kind === 'access-token'
          ? identity.api.authenticate(credential)
          : apiOf(identity).authenticate(credential),
    }),
    protection: {
      ...here.config.protection,
      headers: browserHeaders(here.config.http.publicUrl),
      limits: { takeTurn, ...here.config.protection.limits },
      recordAction: (action) => apiOf(identity).recordAction(action),
    },
    foreignPaths: contracts.flatMap(({ paths }) => paths ?? []),
  })
  // Whatever a request changed may have left a message in an outbox.
  http.addHook('onResponse', (request, _reply, done) => {
    if (request.method !== 'GET') wakeWorker()
    done()
  })
  serveHealth(http, here.pool)
  const gaugePool = measuredPool('metrics', here.databaseUrl, gaugeConnections, gaugeSettings)
  const gauges = [
    ...modules.flatMap((module) => module.gauges ?? []),
    ...outboxGauges([...senders]),
  ]
  serveMetrics(http, {
    token: here.config.metricsToken,
    processes: snapshots ?? (async () => [await snapshotOf('main')]),
    gauges: databaseGauges(gaugePool, [...gauges, ...jobGauges]),
  })
  await mountModules(http, here, composed, contracts)
  http.get('/v1/openapi.json', { schema: { hide: true } }, () => http.swagger())
  servePages(http, addresses(here), [platformProblems, ...modules.map(({ problems }) => problems)])
  const closeAll = async () => {
    closeTurns()
    await Promise.all([close(), gaugePool.end()])
  }
  return { http, close: closeAll, addresses: addresses(here) }
}

/** Where requests are counted: in Redis when there is one, which is then loaded. */
async function openTurns({ config, log }: Surroundings) {
  const { redisUrl } = config.protection
  if (redisUrl === undefined) return { takeTurn: memoryTurns(), closeTurns: () => {} }
  const { redisTurns } = await import('./platform/redis-turns.ts')
  const { takeTurn, close } = redisTurns(redisUrl, log)
  return { takeTurn, closeTurns: close }
}

function measuredPool(name: string, ...how: Parameters<typeof openPool>): pg.Pool {
  const pool = openPool(...how)
  measurePool(name, pool)
  return pool
}

/** Adds every route. Those of a module that runs elsewhere are answered from there. */
async function mountModules(
  http: Http,
  here: Surroundings,
  composed: Composed,
  contracts: readonly Contract[],
): Promise<void> {
  const { config } = here
  const { modules, catalog, sandbox, notification } = composed
  const mount = (owner: string, prefix: string, addRoutes: (scope: Http) => void) =>
    http.register(
      async (scope) => {
        const origin = elsewhere(config, owner)
        if (origin !== undefined) forwardTo(scope as Http, origin)
        addRoutes(scope as Http)
      },
      { prefix },
    )

  if (config.modules.length < moduleNames.length) {
    await prepareForwarding(http)
    serveModuleCalls(http, localModules(here, composed), moduleCallsKey(config))
  }
  for (const { name, routes } of modules) {
    if (name !== 'sandbox') await mount(name, '/v1', routes)
  }
  for (const { prepare, routes } of contracts) {
    for (const [owner, addRoutes] of Object.entries(routes)) {
      // A scope of its own, so that how the contract answers errors is its own affair.
      await mount(owner, '', (scope) => {
        prepare(scope)
        addRoutes(scope)
      })
    }
  }
  if (sandbox) await mount(sandbox.name, '', sandbox.routes)
  await mount(catalog.name, '', catalog.bannerRoutes)
  await mount(notification.name, '', notification.mailboxRoutes)
}

const localModules = ({ config }: Surroundings, { modules }: Composed) =>
  modules.filter(({ name }) => elsewhere(config, name) === undefined)

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

/** The modules that write messages, each into the outbox of its own schema. */
const senders = new Set(['catalog', 'booking', 'payment', 'admission', 'integration'])

const composeWorker: Composition['composeWorker'] = async (here) => {
  const { pool, log } = here
  const composed = composeModules(here)
  const contracts = composeContracts(here, composed)
  const local = localModules(here, composed)
  // What a contract does without being asked over HTTP, it does beside the orders.
  const localContracts = elsewhere(here.config, 'booking') === undefined ? contracts : []
  const routes = routesOf([...composed.modules, ...contracts])
  const bus = await openBus(here.config.bus, { pool, routes, log })
  const relays = local
    .filter(({ name }) => senders.has(name))
    .map(({ name }) => outboxRelay(pool, name, bus, log))
  const wake = () => relays.forEach((relay) => relay.wake())
  const subscriptions = [
    ...subscriptionsOf([...local, ...localContracts], wake, log),
    ...(here.config.consumers === 'worker' ? consumptionsOf(localContracts, wake) : []),
  ]

  return {
    wake,
    async run(signal) {
      await Promise.all([
        bus.deliver(subscriptions, signal),
        ...relays.map((relay) => relay.run(signal)),
        runTask(forgettingMessages(here), log, signal),
        ...local.flatMap(({ tasks }) =>
          tasks.map((task) => runTask({ ...task, run: waking(task.run, wake) }, log, signal)),
        ),
      ])
      await bus.close()
      await composed.close()
    },
  }
}

/** The queues that programs beside ours may consume, each fed by one type of message. */
const workQueues: readonly WorkQueue[] = [confirmationQueue, deletionQueue]

const composeConsumer: Composition['composeConsumer'] = async (here, queue) => {
  const composed = composeModules(here)
  const contracts = composeContracts(here, composed)
  // What it leaves in an outbox is relayed by the worker, which looks by itself.
  const consumed = consumptionsOf(contracts, () => {}).filter(({ module }) => module === queue)
  if (consumed.length === 0) return undefined
  const { config, pool, log } = here
  const routes = routesOf([...composed.modules, ...contracts])
  const bus = await openBus(config.bus, { pool, routes, log })
  return {
    async run(signal) {
      await bus.deliver(consumed, signal)
      await bus.close()
      await composed.close()
    },
  }
}

type Subscriber = { name: string; handlers?: Record<string, MessageHandler> }

function forgettingMessages({ pool, config }: Surroundings): Task {
  return {
    name: 'forget-sent-messages',
    everyMillis: 60 * 60 * 1000,
    async run() {
      const before = daysBefore(clock(), config.retention.messageDays)
      for (const schema of senders) {
        const table = `${schema}.sent_messages`
        await deleteOldRows(pool, { table, column: 'sent_at' }, before)
      }
    },
  }
}

/** Which modules react to which type of message, whichever process they run in. */
function routesOf(modules: readonly Subscriber[]): Routes {
  const subscribers = new Map<string, string[]>()
  for (const { name, handlers = {} } of modules) {
    for (const type of Object.keys(handlers)) {
      subscribers.set(type, [...(subscribers.get(type) ?? []), name])
    }
  }
  return { subscribers, workQueues }
}

function subscriptionsOf(
  modules: readonly Subscriber[],
  wake: () => void,
  log: Logger,
): Subscription[] {
  return modules.flatMap(({ name, handlers = {} }) =>
    Object.entries(handlers).map(([type, handle]) => {
      const stepping = async (envelope: Envelope) => {
        await handle(envelope)
        reached('message.handled')
      }
      return observed({ module: name, type, handle: waking(stepping, wake) }, log)
    }),
  )
}

/** What contracts do with the work queues. */
function consumptionsOf(contracts: readonly Contract[], wake: () => void): Subscription[] {
  return workQueues.flatMap(({ name, type }) =>
    contracts.flatMap(({ consumers = {} }) => {
      const consume = consumers[name]
      if (!consume) return []
      return { module: name, type, handle: waking(({ data }: Envelope) => consume(data), wake) }
    }),
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

const ticketSigningSeed = (key: string): Uint8Array =>
  createHmac('sha256', key).update('ticket codes').digest()

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

export const composition: Composition = {
  migrate,
  loadDemoData,
  composeApi,
  composeWorker,
  composeConsumer,
}
