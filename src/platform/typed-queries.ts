import type { Kysely } from 'kysely'
import type pg from 'pg'

/**
 * Typed queries over one module's tables, for those that are assembled at run time. The library is
 * loaded at the first of them. Ending the pool is its owner's business.
 */
export async function typedQueries<Tables>(pool: pg.Pool): Promise<Kysely<Tables>> {
  const { Kysely, PostgresDialect } = await import('kysely')
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}
