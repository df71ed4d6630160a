import type pg from 'pg'
import type { ClaimedDelivery, Deliveries } from '../ports.ts'

/** So many of one endpoint are under way at once. */
const perEndpointMax = 4
const pingsPerMinuteMax = 10
const forgottenAtOnceMax = 10_000

export const postgresDeliveries = (pool: pg.Pool): Deliveries => ({
  ...queueing(pool),
  ...sending(pool),
})

function queueing(
  pool: pg.Pool,
): Pick<Deliveries, 'add' | 'addPing' | 'requeue' | 'exists' | 'forget'> {
  return {
    async add(deliveries) {
      await pool.query(
        `insert into integration.deliveries
           (id, endpoint_id, type, body, status, created_at, due_at)
         select id, "endpointId", type, body, 'pending', "createdAt", "createdAt"
         from json_to_recordset($1) as d(id uuid, "endpointId" uuid, type text, body text,
           "createdAt" timestamptz)
         where exists (select from integration.endpoints e where e.id = "endpointId")
         on conflict (id) do nothing`,
        [JSON.stringify(deliveries)],
      )
    },

    async addPing({ id, endpointId, type, body, createdAt }) {
      const { rowCount } = await pool.query(
        `insert into integration.deliveries
           (id, endpoint_id, type, body, status, created_at, due_at)
         select $1, $2, $3, $4, 'pending', $5, $5
         where ${pingsPerMinuteMax} > (
           select count(*) from integration.deliveries
           where endpoint_id = $2 and type = $3
             and created_at > $5::timestamptz - interval '1 minute'
         )`,
        [id, endpointId, type, body, createdAt],
      )
      return rowCount === 1
    },

    async requeue(endpointId, which, now) {
      const [deliveryId, since, status] =
        'deliveryId' in which ? [which.deliveryId] : [null, which.since, which.status]
      const { rowCount } = await pool.query(
        `update integration.deliveries set status = 'pending', due_at = $2, attempts = 0
         where endpoint_id = $1 and status <> 'pending' and ($3::uuid is null or id = $3)
           and ($4::timestamptz is null or created_at >= $4)
           and ($5::text is null or status = $5)`,
        [endpointId, now, deliveryId, since, status],
      )
      return rowCount ?? 0
    },

    async exists(endpointId, deliveryId) {
      const { rowCount } = await pool.query(
        'select from integration.deliveries where id = $1 and endpoint_id = $2',
        [deliveryId, endpointId],
      )
      return rowCount === 1
    },

    async forget(createdBefore) {
      for (let count = forgottenAtOnceMax; count === forgottenAtOnceMax;) {
        const { rowCount } = await pool.query(
          `delete from integration.deliveries where id in (
             select id from integration.deliveries where created_at < $1 limit ${forgottenAtOnceMax}
           )`,
          [createdBefore],
        )
        count = rowCount ?? 0
      }
    },
  }
}

function sending(pool: pg.Pool): Pick<Deliveries, 'claim' | 'conclude' | 'release'> {
  return {
    async claim(now, until, countMax) {
      const { rows } = await pool.query<ClaimedDelivery>(claimSql, [
        now,
        until,
        countMax,
        perEndpointMax,
      ])
      return rows
    },

    async conclude(deliveryId, { status, dueAt, history, response }) {
      await pool.query(
        `update integration.deliveries
         set status = $2, due_at = $3, history = $4, response = $5, claimed_until = null,
           attempts = attempts + 1
         where id = $1`,
        [deliveryId, status, dueAt, JSON.stringify(history), response],
      )
    },

    async release(deliveryId) {
      await pool.query('update integration.deliveries set claimed_until = null where id = $1', [
        deliveryId,
      ])
    },
  }
}

/**
 * Locks the endpoints that have something due and room for it, in an order of chance, and of each
 * the oldest deliveries that fit; whoever claims at the same time passes over both. An endpoint
 * that never answers keeps its own places and no more.
 */
const claimSql = `
  with ready as materialized (
    select e.id, e.url, e.secret_version, e.former_secret_until,
      $4 - (
        select count(*) from integration.deliveries u
        where u.endpoint_id = e.id and u.claimed_until > $1
      ) as room
    from integration.endpoints e
    where e.disabled is null and exists (
      select from integration.deliveries d
      where d.endpoint_id = e.id and d.status = 'pending' and d.due_at <= $1
    )
    order by random()
    for no key update of e skip locked
  ), picked as materialized (
    select due.id from ready cross join lateral (
      select d.id from integration.deliveries d
      where d.endpoint_id = ready.id and d.status = 'pending' and d.due_at <= $1
        and (d.claimed_until is null or d.claimed_until <= $1)
      order by d.due_at, d.id
      limit greatest(ready.room, 0)
      for update skip locked
    ) due
    limit $3
  )
  update integration.deliveries d set claimed_until = $2
  from picked, ready
  where d.id = picked.id and ready.id = d.endpoint_id
  returning d.id, d.endpoint_id as "endpointId", d.body, d.attempts, d.history, ready.url,
    ready.secret_version as "secretVersion", ready.former_secret_until as "formerSecretUntil"`
