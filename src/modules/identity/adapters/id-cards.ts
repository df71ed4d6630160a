import type pg from 'pg'
import type { IdCard } from '../domain/id-card.ts'
import type { IdentityPorts } from '../ports.ts'

/** Identity cards on PostgreSQL: a new one takes the place of the old, of which nothing is left. */
export function postgresIdCards(pool: pg.Pool): IdentityPorts['idCards'] {
  return {
    async keep(userId, { contentType, content }, now) {
      await pool.query(
        `insert into identity.id_cards (user_id, content_type, content, kept_at)
         values ($1, $2, $3, $4)
         on conflict (user_id) do update set content_type = excluded.content_type,
           content = excluded.content, kept_at = excluded.kept_at`,
        [userId, contentType, Buffer.from(content), now],
      )
    },

    async find(userId) {
      const { rows } = await pool.query<IdCard>(
        `select content_type as "contentType", content from identity.id_cards where user_id = $1`,
        [userId],
      )
      return rows[0]
    },
  }
}
