import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'

/** Typed queries over one module's tables. Ending the pool is its owner's business. */
export function typedQueries<Tables>(pool: pg.Pool): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}
