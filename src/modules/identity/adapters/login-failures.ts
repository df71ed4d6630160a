import type pg from 'pg'
import { throttleSeconds, type LoginFailures } from '../domain/login-throttle.ts'
import type { IdentityPorts } from '../ports.ts'

export function postgresLoginFailures(pool: pg.Pool): IdentityPorts['loginFailures'] {
  return {
    async find(email) {
      const { rows } = await pool.query<LoginFailures>(
        'select failures, since from identity.login_failures where email = lower($1)',
        [email],
      )
      return rows[0]
    },

    async add(email, now) {
      await pool.query(
        `insert into identity.login_failures as known (email, failures, since)
         values (lower($1), 1, $2)
         on conflict (email) do update set
           failures = case when known.since <= $3 then 1 else known.failures + 1 end,
           since = case when known.since <= $3 then $2 else known.since end`,
        [email, now, throttleStart(now)],
      )
    },

    async forget(email) {
      await pool.query('delete from identity.login_failures where email = lower($1)', [email])
    },

    async forgetExpired(now) {
      await pool.query('delete from identity.login_failures where since <= $1', [
        throttleStart(now),
      ])
    },
  }
}

/** Failures counted from this instant or earlier bar nobody any more. */
const throttleStart = (now: Date): Date => new Date(now.getTime() - throttleSeconds * 1000)
