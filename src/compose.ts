import assert from 'node:assert'
import { createHmac } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Composition, Surroundings } from './composition.ts'
import { localUrl, type Config, type ContractName } from './config.ts'
import type { Contract } from './contracts/contract.ts'
import { festivalContract } from './contracts/festival/festival.ts'
import { confirmationQueue, deletionQueue } from './contracts/festival/queues.ts'
import { demoAccounts } from './demo/demo-data.ts'
import { loadDemoData as load } from './demo/load-demo-data.ts'
import { toPublicId } from './kernel/id.ts'
import type { Envelope } from './kernel/message.ts'
import { admissionModule } from './modules/admission/index.ts'
import { bookingModule } from './modules/booking/index.ts'
import { catalogModule } from './modules/catalog/index.ts'
import {
  createUser,
  identityModule,
  identityPorts,
  requestAuthenticator,
} from './modules/identity/index.ts'
import { notificationModule } from './modules/notification/index.ts'
import { paymentModule, xenditGateway } from './modules/payment/index.ts'
import { sandboxModule } from './modules/sandbox/index.ts'
import type { Routes, Subscription, WorkQueue } from './platform/bus.ts'
import type { Http, MessageHandler } from './platform/module.ts'
import { createHttpServer } from './platform/http-server.ts'
import { serveHealth } from './platform/health.ts'
import { openBus } from './platform/open-bus.ts'
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
  const key = (name: keyof typeof keys) => Buffer.from(keys[name])
  const deskPool = openPool(databaseUrl, deskConnections, deskSettings)

  const identitySettings = identityPorts({
    pool,
    clock,
    accessTokenKey: key('ACCESS_TOKEN_KEY'),
    accessTokenSeconds: config.accessTokenSeconds,
    refreshTokenKey: key('REFRESH_TOKEN_KEY'),
    refreshTokenSeconds,
  })
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
    booking: { stockOf: (eventId) => booking.api.stockOf(eventId) },
  })
  const booking = bookingModule({
    pool,
    deskPool,
    log,
    catalog: catalog.api,
    payment: payment.api,
    holdSeconds: config.holdSeconds,
    orderSecretKey: key('ORDER_SECRET_KEY'),
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

/** Payment with its gateways; the sandbox is one that this program itself answers for. */
function composePayment(
  { config, pool, log }: Surroundings,
  returnUrl: (orderId: string) => string,
) {
  const { http, keys, payment: gateways } = config
  const ownUrl = localUrl(http.host, http.port)
  const sandboxKeys = {
    secretKey: `xnd_development_${derivedKey(keys.ORDER_SECRET_KEY, 'sandbox secret key')}`,
    callbackToken: derivedKey(keys.ORDER_SECRET_KEY, 'sandbox callback token'),
  }
  const sandbox =
    gateways.gateway === 'sandbox'
      ? sandboxModule({
          ...sandboxKeys,
          pool,
          clock,
          publicUrl: http.publicUrl,
          webhookUrl: `${ownUrl}/v1/webhooks/xendit`,
          merchantName: 'Karcis',
        })
      : undefined
  const xendit = sandbox
    ? xenditGateway({
        ...sandboxKeys,
        baseUrl: `${ownUrl}/sandbox/xendit`,
        createsPerSecond: Infinity,
      })
    : xenditGateway(liveXendit(gateways.xendit))
  const payment = paymentModule({
    pool,
    log,
    clock,
    returnUrl,
    confirmationKey: Buffer.from(derivedKey(keys.ORDER_SECRET_KEY, 'confirmation codes')),
    gateways: { xendit },
  })
  return { payment, sandbox }
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

const composeApi: Composition['composeApi'] = async ({ wakeWorker, ...here }) => {
  const composed = composeModules(here, wakeWorker)
  const { modules, identity, catalog, notification, sandbox, close } = composed
  const contracts = composeContracts(here, composed)
  const http = await createHttpServer({
    logger: here.log,
    version: manifest.version,
    authenticate: requestAuthenticator(identity.api),
    foreignPaths: contracts.flatMap(({ paths }) => paths ?? []),
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
  for (const contract of contracts) {
    // A server of its own, so that how it answers errors is its own affair.
    await http.register(async (scope) => {
      contract.prepare(scope as Http)
      for (const addRoutes of Object.values(contract.routes)) addRoutes(scope as Http)
    })
  }
  sandbox?.routes(http)
  catalog.bannerRoutes(http)
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

/** The modules that write messages, each into the outbox of its own schema. */
const senders = ['catalog', 'booking', 'payment', 'admission']

const composeWorker: Composition['composeWorker'] = async (here) => {
  const { pool, log } = here
  const composed = composeModules(here)
  const contracts = composeContracts(here, composed)
  const subscribers = [...composed.modules, ...contracts]
  const wake = () => relays.forEach((relay) => relay.wake())
  const consumed = here.config.consumers === 'worker' ? consumptionsOf(contracts, wake) : []
  const bus = await openBus(here.config.bus, { pool, routes: routesOf(subscribers), log })
  const relays = senders.map((schema) => outboxRelay(pool, schema, bus, log))

  return {
    wake,
    async run(signal) {
      await Promise.all([
        bus.deliver([...subscriptionsOf(subscribers, wake), ...consumed], signal),
        ...relays.map((relay) => relay.run(signal)),
        ...composed.modules.flatMap(({ tasks }) =>
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

function subscriptionsOf(modules: readonly Subscriber[], wake: () => void): Subscription[] {
  return modules.flatMap(({ name, handlers = {} }) =>
    Object.entries(handlers).map(([type, handle]) => ({
      module: name,
      type,
      handle: waking(handle, wake),
    })),
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

/** A key that is as secret as the one it is made of, and of no use for finding that one. */
const derivedKey = (key: string, purpose: string): string =>
  createHmac('sha256', key).update(purpose).digest('base64url')

function liveXendit({ url, secretKey, callbackToken }: Config['payment']['xendit']) {
  assert(secretKey !== undefined && callbackToken !== undefined, 'the configuration demands them')
  return { baseUrl: url, secretKey, callbackToken }
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
