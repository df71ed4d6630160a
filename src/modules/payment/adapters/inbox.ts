import type pg from 'pg'
import { err, ok } from '../../../kernel/result.ts'
import { newId } from '../../../platform/ids.ts'
import { reached } from '../../../platform/steps.ts'
import { counter } from '../../../platform/metrics.ts'
import type { WebhookStatus } from '../domain/webhook.ts'
import type { Inbox, KeptWebhook, WebhookHeaders } from '../ports.ts'

/** Forgeries are evidence, but whoever sends them must not fill the disk. */
const refusedPerHourMax = 100
const refusedBytesMax = 4_096
const refusedKeptDays = 7

/** What came from the gateway and was nothing of ours, or nothing at all. */
const ignoredKeptDays = 30

/** Long enough for every dispute about a payment, and for finding out whose an unknown one is. */
const processedKeptDays = 90
const forgottenAtOnceMax = 10_000

const received = counter(
  'karcis_webhooks_received_total',
  'Webhooks that came in: kept, kept before, or refused as forgeries.',
  'gateway',
  'outcome',
)
const concluded = counter(
  'karcis_webhooks_concluded_total',
  'Attempts to act on a webhook, by what became of it.',
  'status',
)

export function postgresInbox(pool: pg.Pool): Inbox {
  return {
    async keep({ gateway, body, headers }, key, at) {
      const { rows } = await pool.query<{ id: string }>(
        `insert into payment.webhooks
           (id, gateway, provider_key, body, headers, status, received_at, retry_at)
         values ($1, $2, $3, $4, $5, 'received', $6, $6)
         on conflict on constraint webhook_once do update set retry_at = excluded.retry_at
           where webhooks.status in ('unknown', 'unconfirmed', 'failed')
             or webhooks.status = 'received' and webhooks.attempts > 0
         returning id`,
        [newId(), gateway, key, body, redacted(headers), at],
      )
      received.inc({ gateway, outcome: rows[0] ? 'kept' : 'known' })
      reached('webhook.kept')
      return rows[0]?.id
    },

    async keepRefused({ gateway, body, headers }, at) {
      received.inc({ gateway, outcome: 'refused' })
      await pool.query(
        `insert into payment.webhooks (id, gateway, body, headers, status, received_at)
         select $1, $2, $3, $4, 'refused', $5
         where (
           select count(*) from payment.webhooks
           where status = 'refused' and received_at > $5::timestamptz - interval '1 hour'
         ) < ${refusedPerHourMax}`,
        [newId(), gateway, body.subarray(0, refusedBytesMax), redacted(headers), at],
      )
    },

    async claim(which, at, until) {
      const { rows } = await pool.query<KeptRow>(
        `update payment.webhooks set retry_at = $2, attempts = attempts + 1 where id in (
           select id from payment.webhooks
           where retry_at <= $1 and id = coalesce($3, id)
           order by retry_at limit $4 for update skip locked
         ) returning id, gateway, body, headers, attempts`,
        [at, until, 'id' in which ? which.id : null, 'id' in which ? 1 : which.countMax],
      )
      return rows.map((row): KeptWebhook => ({ ...row, body: row.body.toString('utf8') }))
    },

    async conclude({ id, attempts }, { status, error, retryAt }, at) {
      reached('webhook.applied')
      await pool.query(
        `update payment.webhooks set status = $3, error = $4, retry_at = $5, processed_at = $6
         where id = $1 and attempts = $2`,
        [id, attempts, status, error, retryAt, at],
      )
      concluded.inc({ status })
    },

    async reopen(id, at) {
      const { rows } = await pool.query<{ status: WebhookStatus }>(
        'select status from payment.webhooks where id = $1',
        [id],
      )
      if (!rows[0]) return err({ kind: 'webhook-not-found' })
      if (rows[0].status === 'refused') return err({ kind: 'webhook-was-refused' })
      await pool.query(`update payment.webhooks set retry_at = $2, attempts = 0 where id = $1`, [
        id,
        at,
      ])
      return ok(undefined)
    },
  }
}

type KeptRow = {
  id: string
  gateway: string
  body: Buffer
  headers: WebhookHeaders
  attempts: number
}

const secretHeaders = ['x-callback-token', 'authorization', 'cookie', 'x-api-key']

const redacted = (headers: WebhookHeaders): string =>
  JSON.stringify(headers, (name, value) => (secretHeaders.includes(name) ? 'redacted' : value))

/**
 * Forgets forgeries, and webhooks that were processed, meant nothing or were about nothing of ours,
 * when they are old enough. What is to be replayed stays, and so does what is about a payment of
 * ours and waits for a person.
 */
export async function forgetOldWebhooks(pool: pg.Pool, at: Date): Promise<void> {
  let count: number | null
  do {
    const { rowCount }: pg.QueryResult = await pool.query(
      `delete from payment.webhooks where id in (
         select id from payment.webhooks
         where retry_at is null and (
           (status = 'refused'
             and received_at < $1::timestamptz - interval '${refusedKeptDays} days')
           or (status in ('ignored', 'malformed')
             and received_at < $1::timestamptz - interval '${ignoredKeptDays} days')
           or (status in ('processed', 'unknown')
             and received_at < $1::timestamptz - interval '${processedKeptDays} days')
         )
         limit ${forgottenAtOnceMax} for update skip locked
       )`,
      [at],
    )
    count = rowCount
  } while (count === forgottenAtOnceMax)
}
