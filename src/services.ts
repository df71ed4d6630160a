import { setTimeout as sleep } from 'node:timers/promises'
import type { Surroundings } from './composition.ts'
import { localUrl, type Config, type ModuleName } from './config.ts'
import { keepChild, type Child } from './platform/children.ts'
import { settlePort } from './platform/http-listen.ts'

/** The modules that share a process when Karcis runs as services, by the service's name. */
export const serviceModules = {
  identity: ['identity'],
  catalog: ['catalog'],
  booking: ['booking', 'admission', 'integration', 'notification'],
  payment: ['payment'],
} as const satisfies Record<string, readonly ModuleName[]>

export const isService = (role: string | undefined): boolean =>
  role !== undefined && Object.hasOwn(serviceModules, role)

/**
 * Starts every service in a process of its own, and keeps it running. Resolves, once all answer,
 * to the configuration of a process that stands in front of them and has no module itself.
 */
export async function startServices(here: Surroundings, program: string, signal: AbortSignal) {
  const { config, databaseUrl, log } = here
  const { host } = config.http
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
  for (const [role, modules] of Object.entries(serviceModules)) {
    const http = { ...config.http, port: ports.get(role) ?? 0, processes: 1 }
    const service: Config = { ...config, http, modules: [...modules], moduleUrls }
    const start = { config: service, databaseUrl }
    children.push(opened.use(keepChild({ program, role, start, log })))
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

async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const answer = await fetch(`${url}/readyz`, { signal }).catch(() => undefined)
    if (answer?.ok) return
    await sleep(100)
  }
}
