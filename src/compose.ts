import type { Composition, Surroundings } from './composition.ts'
import { moduleNames } from './config.ts'
import type { Contract } from './contracts/contract.ts'
import { confirmationQueue, deletionQueue } from './contracts/festival/queues.ts'
import { demoAccounts, demoDomain } from './demo/demo-data.ts'
import { loadDemoData as load } from './demo/load-demo-data.ts'
import { daysBefore } from './kernel/instant.ts'
import type { Envelope } from './kernel/message.ts'
import { createUser, requestAuthenticator } from './modules/identity/index.ts'
import { hasControlPage } from './modules/sandbox/index.ts'
import type { Routes, Subscription, WorkQueue } from './platform/bus.ts'
import { browserHeaders } from './platform/browser-guards.ts'
import { observed } from './platform/deliveries.ts'
import { countingDeliveries } from './platform/bus-gauges.ts'
import { databaseGauges, outboxGauges } from './platform/database-gauges.ts'
import type { Logger } from './platform/logger.ts'
import { snapshotOf } from './platform/metrics.ts'
import type { Http, MessageHandler, Task } from './platform/module.ts'
import { forwardTo, prepareForwarding } from './platform/forwarding.ts'
import { serveModuleCalls } from './platform/module-calls.ts'
import { createHttpServer } from './platform/http-server.ts'
import { serveHealth } from './platform/health.ts'
import { deleteOldRows } from './platform/old-rows.ts'
import { openBus } from './platform/open-bus.ts'
import { servePages } from './platform/pages.ts'
import { openPool } from './platform/postgres.ts'
import { platformProblems } from './platform/problems.ts'
import { memoryTurns } from './platform/rate-limits.ts'
import { ownPages } from './platform/shared-pages.ts'
import { outboxRelay, outboxRelays } from './platform/relay.ts'
import { pendingRevisions, upgradeToHead } from './platform/revisions.ts'
import { serveMetrics } from './platform/serve-metrics.ts'
import { startError } from './platform/start-error.ts'
import { reached } from './platform/steps.ts'
import { runTask, watchRushes, type Rush } from './platform/tasks.ts'
import manifest from '../package.json' with { type: 'json' }

import {
  clock,
  composeContracts,
  composeModules,
  elsewhere,
  localModules,
  measuredPool,
  moduleCallsKey,
  type Composed,
} from './compose-modules.ts'

export { userImport } from './modules/identity/index.ts'

const gaugeConnections = 2
const gaugeSettings = { statement_timeout: 5_000 }

const composeApi: Composition['composeApi'] = async ({ wakeWorker, snapshots, ...here }) => {
  const { takeTurn, pages, closeRedis } = await openShared(here)
  const composed = composeModules(here, { wakeWorker, pages })
  const { modules, apiOf, identity, close } = composed
  const contracts = composeContracts(here, composed)
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
  http.addHook('preClose', async () => abandonSoon(composed))
  serveHealth(http, here.pool)
  const gaugePool = measuredPool('metrics', here.databaseUrl, gaugeConnections, gaugeSettings)
  const gauges = modules.flatMap((module) => module.gauges ?? [])
  serveMetrics(http, {
    token: here.config.metricsToken,
    processes: snapshots ?? (async () => [await snapshotOf('main')]),
    gauges: databaseGauges(gaugePool, [...gauges, ...outboxGauges([...senders])]),
  })
  await mountModules(http, here, composed, contracts)
  http.get('/v1/openapi.json', { schema: { hide: true } }, () => http.swagger())
  servePages(http, addresses(here), [platformProblems, ...modules.map(({ problems }) => problems)])
  const closeAll = async () => {
    closeRedis()
    await Promise.all([close(), gaugePool.end()])
  }
  return { http, close: closeAll, addresses: addresses(here) }
}

/** Where requests are counted and pages kept: in Redis when there is one, which is then loaded. */
async function openShared({ config, log }: Surroundings) {
  const { redisUrl } = config
  if (redisUrl === undefined) {
    return { takeTurn: memoryTurns(), pages: ownPages, closeRedis: () => {} }
  }
  const [{ openRedis }, { redisTurns }, { redisPages }] = await Promise.all([
    import('./platform/redis.ts'),
    import('./platform/redis-turns.ts'),
    import('./platform/redis-pages.ts'),
  ])
  const redis = openRedis(redisUrl, log)
  const { prefix } = config.bus
  return {
    takeTurn: redisTurns(redis, prefix),
    pages: redisPages(redis, prefix),
    closeRedis: redis.close,
  }
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

function addresses({ config }: Surroundings): Record<string, string> {
  const { gateways, sandboxControl } = config.payment
  const hasSandbox =
    gateways.includes('sandbox') && hasControlPage(sandboxControl, config.http.publicUrl)
  return {
    'Shop API': '/v1/events',
    'API reference': '/docs',
    ...(config.mail.host === undefined && { 'Captured mail': '/dev/mail' }),
    ...(hasSandbox && { 'Payment sandbox': '/sandbox' }),
    ...(config.database.demoData && {
      // Not as addresses, which are taken out of every line of the log.
      'Demo accounts': `${demoAccounts.map(({ email }) => email.split('@')[0]).join(', ')}, each @${demoDomain}`,
      'Demo password': demoAccounts[0]!.password,
    }),
  }
}

/** The modules that write messages, each into the outbox of its own schema. */
const senders = new Set(['catalog', 'booking', 'payment', 'admission', 'integration'])

/** Who stops waits no longer for gateways; its process is ended after twice as long. */
const gatewayMillisMax = 5_000
const abandonSoon = ({ payment }: Composed) =>
  void setTimeout(payment.abandonCalls, gatewayMillisMax).unref()

const composeWorker: Composition['composeWorker'] = async (here) => {
  const { pool, log } = here
  const composed = composeModules(here)
  const contracts = composeContracts(here, composed)
  const local = localModules(here, composed)
  // What a contract does without being asked over HTTP, it does beside the orders.
  const localContracts = elsewhere(here.config, 'booking') === undefined ? contracts : []
  const routes = routesOf([...composed.modules, ...contracts])
  const rush = watchRushes()
  const bus = await openBus(here.config.bus, { pool, routes, log, rush })
  const outboxes = local.map(({ name }) => name).filter((name) => senders.has(name))
  const relays = outboxRelays(pool, outboxes, bus, log)
  const { wake } = relays
  const subscriptions = [
    ...subscriptionsOf([...local, ...localContracts], wake, log),
    ...(here.config.consumers === 'worker' ? consumptionsOf(localContracts, wake, log) : []),
  ]

  return {
    wake,
    async run(signal) {
      signal.addEventListener('abort', () => abandonSoon(composed))
      await Promise.all([
        bus.deliver(subscriptions, signal),
        relays.run(signal),
        runTask(forgettingMessages(here), log, signal),
        runTask(countingDeliveries(bus), log, signal),
        ...local.flatMap(({ tasks }) =>
          tasks.map((task) =>
            runTask({ ...task, run: waking(inRush(rush, task), wake) }, log, signal),
          ),
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
  const { config, pool, log } = here
  const consumed = consumptionsOf(contracts, () => {}, log).filter(({ module }) => module === queue)
  if (consumed.length === 0) return undefined
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

type Subscriber = {
  name: string
  handlers?: Record<string, MessageHandler>
  isPatient?: true
}

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
  const patient = new Set(modules.filter((one) => one.isPatient).map(({ name }) => name))
  return { subscribers, workQueues, patient }
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
function consumptionsOf(
  contracts: readonly Contract[],
  wake: () => void,
  log: Logger,
): Subscription[] {
  return workQueues.flatMap(({ name, type }) =>
    contracts.flatMap(({ consumers = {} }) => {
      const consume = consumers[name]
      if (!consume) return []
      const handle = waking(({ data }: Envelope) => consume(data), wake)
      return observed({ module: name, type, handle }, log)
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

/** An urgent task that has much to do is a rush. */
const inRush = (rush: Rush, { run, isUrgent }: Task): Task['run'] =>
  isUrgent
    ? (signal) => {
        const end = rush.begin()
        return run(signal).finally(end)
      }
    : run

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
