import type pg from 'pg'
import type { Event } from '../../domain/event.ts'
import type { CatalogPorts } from '../../ports.ts'
import { awaitOffer } from '../../use-cases/await-offer.ts'
import type { ReadyAnswers } from '../ready-answers.ts'

/** What catalog's routes work with. */
export type RouteContext = {
  ports: CatalogPorts
  pool: pg.Pool
  answers: ReadyAnswers
  /** Something may stand in the outbox. */
  onMessages(): void
}

/** Who may change an event is decided per event; a key must also have been given the scope. */
export const changing = { access: 'signed-in', scope: 'events:write' } as const

/** Resolves once the next reader here and, usually, the next buyer meet the change. */
export async function shown(
  { ports, answers, onMessages }: RouteContext,
  changed: Event,
): Promise<void> {
  answers.clear()
  onMessages()
  await awaitOffer(ports, changed)
}
