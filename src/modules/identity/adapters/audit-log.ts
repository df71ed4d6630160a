import type pg from 'pg'
import type { AuditedAction } from '../../../kernel/audited-action.ts'
import { deleteOldRows } from '../../../platform/old-rows.ts'
import type { AuditLog, FoundAction } from '../ports.ts'

/** The audit log on PostgreSQL, in the order in which actions were recorded. */
export function postgresAuditLog(pool: pg.Pool): AuditLog {
  return {
    async add({ at, userId, credential, operation, targets, detail, ...answer }) {
      const { status, requestId, address } = answer
      await pool.query(
        `insert into identity.audit_log
           (at, user_id, credential, operation, targets, detail, status, request_id, address)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [at, userId, credential, operation, targets, detail, status, requestId, address],
      )
    },

    async page({ userId, operation, target, from, until, before, limit }) {
      const { rows } = await pool.query<Row>(
        `select position, at, user_id as "userId", credential, operation, targets, detail, status,
                request_id as "requestId", address
         from identity.audit_log
         where ($1::uuid is null or user_id = $1) and ($2::text is null or operation = $2)
           and ($3::text is null or targets @> array[$3])
           and ($4::timestamptz is null or at >= $4) and ($5::timestamptz is null or at < $5)
           and ($6::bigint is null or position < $6)
         order by position desc limit $7`,
        [userId, operation, target, from, until, before, limit],
      )
      return rows.map((row): FoundAction => ({ ...row, at: row.at.toISOString() }))
    },

    forgetBefore: (instant) =>
      deleteOldRows(pool, { table: 'identity.audit_log', column: 'at' }, instant),
  }
}

type Row = Omit<AuditedAction, 'at'> & { at: Date; position: number }
