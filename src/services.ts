import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Surroundings } from './composition.ts'
import { localUrl, type Config, type ModuleName } from './config.ts'
import { keepChild, type Child } from './platform/children.ts'
import { settlePort } from './platform/http-listen.ts'
import type { Env } from './platform/settings.ts'
import { startError } from './platform/start-error.ts'

/** The modules that share a process when Karcis runs as services, by the service's name. */
export const serviceModules = {
  identity: ['identity'],
  catalog: ['catalog'],
  booking: ['booking', 'admission', 'integration', 'notification'],
  payment: ['payment'],
} as const satisfies Record<string, readonly ModuleName[]>

const brokerMillisMax = 3_000

export const isService = (role: string | undefined): boolean =>
  role !== undefined && Object.hasOwn(serviceModules, role)

/** The services talk over Kafka, unless `BUS` says otherwise. */
export const overKafka = (env: Env): Env => ({ ...env, BUS: env['BUS'] || 'kafka' })

/**
 * Nobody chose Kafka who did not set `BUS`, so it is a start error when no broker answers. Whoever
 * chose one may start before it, as always.
 */
export async function demandKafka(brokers: readonly string[]): Promise<void> {
  const answers = await Promise.all(brokers.map(accepts))
  if (answers.includes(true)) return
  throw startError(
    `The services talk over Kafka, and none answers at ${brokers.join(', ')}: start one with \`npm run services -- up kafka\`, or do without by \`BUS=postgres npm run services:demo\`.`,
  )
}

function accepts(broker: string): Promise<boolean> {
  const { hostname, port } = new URL(`kafka://${broker}`)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: brokerMillisMax })
    const conclude = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.once('connect', () => conclude(true))
    socket.once('timeout', () => conclude(false))
    socket.once('error', () => conclude(false))
  })
}

/** Nobody but the process in front calls a service, so none is to be reached from elsewhere. */
const host = '127.0.0.1'

/**
 * Starts every service in a process of its own, and keeps it running. Resolves, once all answer,
 * to the configuration of a process that stands in front of them and has no module itself.
 */
export async function startServices(here: Surroundings, program: string, signal: AbortSignal) {
  const { config, databaseUrl, log } = here
  await using opened = new AsyncDisposableStack()

  // Probed at the same time, so that no two get the same port.
  const ports = new Map(
    await Promise.all(
      Object.keys(serviceModules).map(async (name) => [name, await settlePort(host, 0)] as const),
    ),
  )
  const urlOf = (name: string) => localUrl(host, ports.get(name) ?? 0)
  const moduleUrls = Object.fromEntries(
    Object.entries(serviceModules).flatMap(([name, modules]) =>
      modules.map((module) => [module, urlOf(name)]),
    ),
  )
  const children: Child[] = []
  // They do not need each other to end, so they end together.
  opened.defer(async () => {
    await Promise.all(children.map((child) => child[Symbol.asyncDispose]()))
  })
  for (const [role, modules] of Object.entries(serviceModules)) {
    const http = { ...config.http, host, port: ports.get(role) ?? 0, processes: 1 }
    const protection = behindAnother(config.protection)
    const service: Config = { ...config, http, protection, modules: [...modules], moduleUrls }
    const start = { config: service, databaseUrl }
    children.push(keepChild({ program, role, start, log }))
  }
  await Promise.all(Object.keys(serviceModules).map((name) => untilReady(urlOf(name), signal)))
  const running = opened.move()
  return {
    config: { ...config, modules: [], moduleUrls, worker: 'none' } satisfies Config,
    children,
    addresses: Object.fromEntries(Object.keys(serviceModules).map((name) => [name, urlOf(name)])),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Whoever calls is known from the process in front, which has counted the request by its address. */
const behindAnother = ({ limits, ...protection }: Config['protection']): Config['protection'] => ({
  ...protection,
  trustProxy: 1,
  limits: { ...limits, perAddress: 0 },
})

async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const answer = await fetch(`${url}/readyz`, { signal }).catch(() => undefined)
    if (answer?.ok) return
    await sleep(100)
  }
}
