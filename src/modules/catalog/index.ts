import assert from 'node:assert'
import type pg from 'pg'
import type { Http, Module } from '../../platform/module.ts'
import type { SharedPages } from '../../platform/shared-pages.ts'
import { eventStore } from './adapters/event-store.ts'
import { bannerRoutes } from './adapters/banners.ts'
import { catalogRoutes } from './adapters/http.ts'
import { catalogProblems } from './adapters/problems.ts'
import { findEvent, roleAt } from './adapters/queries.ts'
import { readyAnswers } from './adapters/ready-answers.ts'
import type { CatalogApi } from './contract.ts'
import type { Event } from './domain/event.ts'
import type { CatalogPorts } from './ports.ts'
import { awaitOffer } from './use-cases/await-offer.ts'
import { ensureEvent } from './use-cases/ensure-event.ts'

const readyBytesMax = 32 * 1024 * 1024

export type CatalogOptions = Omit<CatalogPorts, 'events'> & {
  pool: pg.Pool
  pages: SharedPages
  /** Something may stand in the outbox. */
  onMessages(): void
}

/** Also what the routes of foreign contracts need. */
export type CatalogModule = Module<CatalogApi> & {
  ports: CatalogPorts
  /** Adds the pictures of events, under `/banners`. */
  bannerRoutes(http: Http): void
  /** Resolves once the next reader here and, usually, the next buyer meet a change. */
  afterChange(event: Event): Promise<void>
}

/** Catalog, ready to be plugged into a process: what is sold, and on which terms. */
export function catalogModule(options: CatalogOptions): CatalogModule {
  const { pool, pages, onMessages, ...given } = options
  const ports: CatalogPorts = { ...given, events: eventStore(pool) }
  const answers = readyAnswers({
    clock: ports.clock,
    refreshSeconds: ports.catalogRefreshSeconds,
    bytesMax: readyBytesMax,
    pages,
  })
  const afterChange = async (event: Event) => {
    answers.clear()
    onMessages()
    await awaitOffer(ports, event)
  }
  return {
    ports,
    afterChange,
    name: 'catalog',
    api: {
      findEvent: (eventId) => findEvent(pool, eventId),
      roleAt: (eventId, userId) => roleAt(pool, eventId, userId),
      async ensureEvent(event) {
        const ensured = await ensureEvent(ports, event)
        assert(ensured.ok, `event ${event.eventId} is described wrongly`)
        answers.clear()
        onMessages()
      },
    },
    routes: (http) => catalogRoutes(http, { ports, pool, answers, afterChange }),
    bannerRoutes: (http) => bannerRoutes(http, pool),
    handlers: {},
    tasks: [],
    problems: catalogProblems,
  }
}
