import { composition } from '../../src/compose.ts'
import { composeContracts, composeModules } from '../../src/compose-modules.ts'
import { complete, keyNames, toConfig, type Keys } from '../../src/config.ts'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { createLogger } from '../../src/platform/logger.ts'
import type { Http } from '../../src/platform/module.ts'
import { openPool } from '../../src/platform/postgres.ts'
import type { ApiDocument } from './api-document.ts'

/** Long enough, and secret to nobody. */
export const testKeys = Object.fromEntries(
  keyNames.map((name) => [name, name.padEnd(32, '.')]),
) as Keys

/** The program put together with its defaults and not started; its database is never asked. */
function surroundings() {
  const config = complete(toConfig({ LOG_LEVEL: 'silent' }), 3000, testKeys)
  const databaseUrl = 'postgres://nobody@127.0.0.1:1/nothing'
  const log = createLogger({ ...config.log, process: 'test' })
  return { config, databaseUrl, pool: openPool(databaseUrl, 1), log }
}

/** Every module, as `compose.ts` puts them together. */
export function composedModules() {
  return composeModules(surroundings()).modules
}

type Operation = {
  operationId: string
  summary?: string
  tags?: string[]
  responses: Record<string, { content?: object }>
}
export type Route = { method: string; path: string } & Operation

/** The OpenAPI document of the program. */
export async function apiDocument(): Promise<ApiDocument> {
  const { http, close } = await composition.composeApi({ ...surroundings(), wakeWorker: () => {} })
  await http.ready()
  const document = JSON.parse(JSON.stringify(http.swagger())) as ApiDocument
  await http.close()
  await close()
  return document
}

/** Every operation that the OpenAPI document of the program describes. */
export async function describedRoutes(): Promise<Route[]> {
  const { paths } = await apiDocument()
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, ...operation })),
  )
}

/** Every route of the contracts, as `festival POST /bookings`; the OpenAPI document has none of them. */
export async function contractRoutes(): Promise<string[]> {
  const here = surroundings()
  const composed = composeModules(here)
  const found: string[] = []
  for (const { name, prepare, routes } of composeContracts(here, composed)) {
    const http = await createHttpServer({
      logger: here.log,
      version: 'test',
      authenticate: async () => undefined,
    })
    http.addHook('onRoute', ({ method, url }) => {
      found.push(...[method].flat().map((one) => `${name} ${one} ${url}`))
    })
    for (const addRoutes of Object.values(routes)) {
      http.register(async (scope) => {
        prepare(scope as Http)
        addRoutes(scope as Http)
      })
    }
    await http.ready()
    await http.close()
  }
  await composed.close()
  return found
}
