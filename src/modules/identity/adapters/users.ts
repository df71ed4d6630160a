import type pg from 'pg'
import type { Role } from '../../../kernel/principal.ts'
import { err, ok } from '../../../kernel/result.ts'
import { transaction, type Queryable } from '../../../platform/postgres.ts'
import type { User } from '../domain/user.ts'
import type { Users } from '../ports.ts'

type UserRow = {
  id: string
  name: string
  email: string
  phone: string | null
  password_hash: string | null
  roles: Role[]
  created_at: Date
}

const columns = 'id, name, email, phone, password_hash, roles, created_at'

export function postgresUsers(pool: pg.Pool): Users {
  const find = (userId: string) =>
    one(pool, `select ${columns} from identity.users where id = $1`, [userId])

  return {
    find,

    findByEmail: (email) =>
      one(pool, `select ${columns} from identity.users where lower(email) = lower($1)`, [email]),

    async add({ id, name, email, phone, passwordHash, roles, createdAt }) {
      const values = [id, name, email, phone, passwordHash, roles, createdAt]
      const added = await one(pool, insert, values)
      const replaced =
        added ?? (passwordHash === null ? undefined : await one(pool, replace, values))
      const user = replaced ?? (await find(id))
      return user ? ok(user) : err({ kind: 'email-taken' })
    },

    changeProfile: (userId, { name, phone }) =>
      one(
        pool,
        `update identity.users
         set name = coalesce($2, name), phone = case when $3 then $4 else phone end
         where id = $1 returning ${columns}`,
        [userId, name, phone !== undefined, phone],
      ),

    setRoles: (userId, roles) =>
      one(pool, `update identity.users set roles = $2 where id = $1 returning ${columns}`, [
        userId,
        roles,
      ]),

    async upgradePasswordHash({ userId, from, to }) {
      await pool.query(replaceHash, [userId, from, to])
    },

    // The user's row is locked first. A login that is being opened holds it shared, so that its
    // session is either seen and ended here, or refused by `Sessions.open`.
    changePassword: ({ userId, from, to }, keptSessionId, now) =>
      transaction(pool, async (client) => {
        const { rowCount } = await client.query(replaceHash, [userId, from, to])
        if (rowCount === 0) return false
        await client.query(
          `update identity.sessions set ended_at = $3
           where user_id = $1 and id is distinct from $2 and ended_at is null`,
          [userId, keptSessionId, now],
        )
        return true
      }),

    async page({ q, after, limit }) {
      const { rows } = await pool.query<UserRow>(
        `select ${columns} from identity.users
         where ($1::text is null
             or position(lower($1) in lower(email)) > 0 or position(lower($1) in lower(name)) > 0)
           and ($2::uuid is null
             or (created_at, id) < (select created_at, id from identity.users where id = $2))
         order by created_at desc, id desc limit $3`,
        [q, after, limit],
      )
      return rows.map(fromRow)
    },
  }
}

const insert = `insert into identity.users (${columns}) values ($1, $2, $3, $4, $5, $6, $7)
  on conflict do nothing returning ${columns}`

// The new user has another id, so nothing of the old one's is theirs.
const replace = `update identity.users set (${columns}) = ($1, $2, $3, $4, $5, $6, $7)
  where lower(email) = lower($3) and password_hash is null and roles <@ array['buyer']
    and not exists (select from identity.users where id = $1)
  returning ${columns}`

const replaceHash =
  'update identity.users set password_hash = $3 where id = $1 and password_hash = $2'

async function one(client: Queryable, sql: string, values: unknown[]): Promise<User | undefined> {
  const { rows } = await client.query<UserRow>(sql, values)
  return rows[0] && fromRow(rows[0])
}

const fromRow = ({ password_hash, created_at, ...row }: UserRow): User => ({
  ...row,
  passwordHash: password_hash,
  createdAt: created_at,
})
