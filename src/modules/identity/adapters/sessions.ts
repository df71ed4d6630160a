import type pg from 'pg'
import type { Queryable } from '../../../platform/postgres.ts'
import { postgresStore } from '../../../platform/postgres-store.ts'
import type { Session } from '../domain/session.ts'
import type { Sessions } from '../ports.ts'

export function postgresSessions(pool: pg.Pool): Sessions {
  return {
    ...postgresStore<Session>(pool, { schema: 'identity', name: 'session', load, save }),

    async open({ id, userId, generation, rotatedAt, expiresAt, lasting }, verifiedHash) {
      const { rowCount } = await pool.query(
        `with login as (
           select id from identity.users where id = $2 and password_hash = $6 for share
         )
         insert into identity.sessions (id, user_id, generation, rotated_at, expires_at, lasting)
         select $1, id, $3, $4, $5, $7 from login`,
        [id, userId, generation, rotatedAt, expiresAt, verifiedHash, lasting],
      )
      return rowCount === 1
    },

    async forgetExpired(now) {
      await pool.query('delete from identity.sessions where expires_at <= $1', [now])
    },
  }
}

type SessionRow = {
  id: string
  user_id: string
  generation: number
  rotated_at: Date
  expires_at: Date
  ended_at: Date | null
  lasting: boolean
}

/** The row is locked as well, because a change of password ends sessions past the store. */
async function load(client: Queryable, id: string): Promise<Session | undefined> {
  const { rows } = await client.query<SessionRow>(
    `select id, user_id, generation, rotated_at, expires_at, ended_at, lasting
     from identity.sessions where id = $1 for update`,
    [id],
  )
  const row = rows[0]
  return (
    row && {
      id: row.id,
      userId: row.user_id,
      generation: row.generation,
      rotatedAt: row.rotated_at,
      expiresAt: row.expires_at,
      endedAt: row.ended_at,
      lasting: row.lasting,
    }
  )
}

async function save(client: Queryable, session: Session): Promise<void> {
  const { id, generation, rotatedAt, expiresAt, endedAt } = session
  await client.query(
    `update identity.sessions
     set generation = $2, rotated_at = $3, expires_at = $4, ended_at = $5 where id = $1`,
    [id, generation, rotatedAt, expiresAt, endedAt],
  )
}
