import type pg from 'pg'
import type { Event } from '../../domain/event.ts'
import type { CatalogPorts } from '../../ports.ts'
import type { ReadyAnswers } from '../ready-answers.ts'

/** What catalog's routes work with. */
export type RouteContext = {
  ports: CatalogPorts
  pool: pg.Pool
  answers: ReadyAnswers
  /** Resolves once the next reader here and, usually, the next buyer meet a change. */
  afterChange(event: Event): Promise<void>
}

/** Who may change an event is decided per event; a key must also have been given the scope. */
export const changing = { access: 'signed-in', scope: 'events:write' } as const

/** Resolves once the next reader here and, usually, the next buyer meet the change. */
export const shown = ({ afterChange }: RouteContext, changed: Event): Promise<void> =>
  afterChange(changed)
