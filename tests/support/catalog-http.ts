import assert from 'node:assert'
import { pino } from 'pino'
import type { Principal } from '../../src/kernel/principal.ts'
import { eventStore } from '../../src/modules/catalog/adapters/event-store.ts'
import { catalogRoutes } from '../../src/modules/catalog/adapters/http.ts'
import { readyAnswers } from '../../src/modules/catalog/adapters/ready-answers.ts'
import type { Event } from '../../src/modules/catalog/ports.ts'
import { awaitOffer } from '../../src/modules/catalog/use-cases/await-offer.ts'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { ownPages } from '../../src/platform/shared-pages.ts'
import { later, organiser, soldTickets, takenIn } from './catalog.ts'
import { createTestDatabase } from './database.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
type Ask = { as?: Principal; body?: object; headers?: Record<string, string> }
export type CatalogServer = Awaited<ReturnType<typeof startCatalog>>
/** Where a made event and its first ticket type are found. */
export type MadeEvent = { path: string; id: string; typePath: string }

export const terms = {
  title: 'Malam Keroncong',
  location: 'Solo',
  startsAt: '2030-02-01T19:00:00+07:00',
}
export const regular = { name: 'Regular', unitPrice: 100_000, capacity: 100 }

/** Catalog's routes on a database of their own; callers are whom `as` says. */
export async function startCatalog() {
  const database = await createTestDatabase()
  const { pool } = database
  const world = { stock: soldTickets({}), millisPassed: 0, woken: 0 }
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: '0',
    authenticate: async ({ headers }) => JSON.parse(String(headers.authorization)) as Principal,
  })
  const clock = () => later(world.millisPassed)
  const answers = readyAnswers({ clock, refreshSeconds: 3, bytesMax: 1_000_000, pages: ownPages })
  const ports = {
    events: eventStore(pool),
    booking: {
      stockOf: async () => world.stock,
      capacityMin: async (_eventId: string, ticketTypeId: string) =>
        takenIn(world.stock, ticketTypeId),
    },
    clock,
    pause: async () => {},
    catalogRefreshSeconds: 3,
  }
  const afterChange = async (event: Event) => {
    answers.clear()
    world.woken++
    await awaitOffer(ports, event)
  }
  catalogRoutes(http, { ports, pool, answers, afterChange })

  async function ask(method: Method, url: string, { as, body, headers }: Ask = {}) {
    const response = await http.inject({
      method,
      url,
      headers: { ...headers, ...(as && { authorization: JSON.stringify(as) }) },
      ...(body && { payload: body }),
    })
    const json = response.body ? response.json() : undefined
    return { status: response.statusCode, code: json?.code, json, headers: response.headers }
  }

  async function aDraft(body: object = {}): Promise<MadeEvent> {
    const made = await ask('POST', '/events', {
      as: organiser,
      body: { ...terms, ticketTypes: [regular], ...body },
    })
    assert.equal(made.status, 201, JSON.stringify(made.json))
    const path = `/events/${made.json.id}`
    const typePath = `${path}/ticket-types/${made.json.ticketTypes[0]?.id}`
    return { path, typePath, id: String(made.json.id) }
  }

  return {
    world,
    pool,
    ask,
    aDraft,
    async aPublished(body: object = {}): Promise<MadeEvent> {
      const draft = await aDraft(body)
      assert.equal((await ask('POST', `${draft.path}/publish`, { as: organiser })).status, 200)
      return draft
    },
    /** The versions in the messages sent so far. */
    async versionsSent(): Promise<number[]> {
      const { rows } = await pool.query<{ version: number }>(
        `select (data -> 'offer' ->> 'version')::int as version
         from catalog.outbox order by position`,
      )
      return rows.map(({ version }) => version)
    },
    /** Forgets events, messages, and what the tests changed about the world. */
    async reset(): Promise<void> {
      await pool.query('truncate catalog.events, catalog.outbox cascade')
      answers.clear()
      Object.assign(world, { stock: soldTickets({}), millisPassed: 0, woken: 0 })
    },
    async stop(): Promise<void> {
      await http.close()
      await database[Symbol.asyncDispose]()
    },
  }
}
