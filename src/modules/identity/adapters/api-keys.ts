import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type pg from 'pg'
import { err, ok } from '../../../kernel/result.ts'
import { deleteOldRows } from '../../../platform/old-rows.ts'
import type { ApiKeyScope } from '../contract.ts'
import { liveApiKeysMax, type ApiKey } from '../domain/api-key.ts'
import type { ApiKeys } from '../ports.ts'

type ApiKeyRow = {
  id: string
  user_id: string
  name: string
  scopes: ApiKeyScope[]
  secret_hash: Buffer
  created_at: Date
  last_used_at: Date | null
  revoked_at: Date | null
}

const columns = 'id, user_id, name, scopes, secret_hash, created_at, last_used_at, revoked_at'

/** `seed` is what makes the secrets of repeated requests the same, and unknown to everyone else. */
export function postgresApiKeys(pool: pg.Pool, seed: Uint8Array): ApiKeys {
  const rowOf = async (id: string) => {
    const sql = `select ${columns} from identity.api_keys where id = $1`
    return (await pool.query<ApiKeyRow>(sql, [id])).rows[0]
  }

  return {
    newSecret(userId, idempotencyKey) {
      if (!idempotencyKey) return randomBytes(32).toString('base64url')
      const parts = JSON.stringify(['api-key', userId, idempotencyKey])
      return createHmac('sha256', seed).update(parts).digest('base64url')
    },

    async add({ id, userId, name, scopes, createdAt }, secret) {
      const existing = await rowOf(id)
      if (existing) return ok(fromRow(existing))
      await pool.query(
        `insert into identity.api_keys (id, user_id, name, scopes, secret_hash, created_at)
         select $1, $2, $3, $4, $5, $6
         where $7 > (
           select count(*) from identity.api_keys where user_id = $2 and revoked_at is null
         )
         on conflict (id) do nothing`,
        [id, userId, name, scopes, sha256(secret), createdAt, liveApiKeysMax],
      )
      const added = await rowOf(id)
      return added ? ok(fromRow(added)) : err({ kind: 'too-many-api-keys' })
    },

    async find(id, secret) {
      const row = await rowOf(id)
      return row && timingSafeEqual(sha256(secret), row.secret_hash) ? fromRow(row) : undefined
    },

    async markUsed(id, now) {
      await pool.query('update identity.api_keys set last_used_at = $2 where id = $1', [id, now])
    },

    async revoke({ id, userId }, now) {
      const { rowCount } = await pool.query(
        `update identity.api_keys set revoked_at = coalesce(revoked_at, $3)
         where id = $1 and user_id = $2`,
        [id, userId, now],
      )
      return rowCount === 1
    },

    forgetRevokedBefore: (instant) =>
      deleteOldRows(pool, { table: 'identity.api_keys', column: 'revoked_at' }, instant),

    async ofUser(userId) {
      const { rows } = await pool.query<ApiKeyRow>(
        `select ${columns} from identity.api_keys where user_id = $1 and revoked_at is null
         order by created_at desc, id desc`,
        [userId],
      )
      return rows.map(fromRow)
    },
  }
}

/** The secret has 256 bits of chance, so that a fast hash is as good as a slow one. */
const sha256 = (secret: string): Buffer => hash('sha256', secret, 'buffer')

const fromRow = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  userId: row.user_id,
  name: row.name,
  scopes: row.scopes,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
})
