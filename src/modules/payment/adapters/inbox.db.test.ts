import assert from 'node:assert'
import { test } from 'node:test'
import { createTestDatabase } from '../../../../tests/support/database.ts'
import { conclude } from '../domain/webhook.ts'
import { forgetOldWebhooks, postgresInbox } from './inbox.ts'

const at = new Date('2026-11-20T10:00:00Z')
const lease = new Date('2026-11-20T10:00:30Z')
const webhook = { gateway: 'midtrans', body: Buffer.from('{}'), headers: {} }

test('a webhook that is sent again while it is looked at is looked at again, and the last look counts', async () => {
  await using database = await createTestDatabase()
  const inbox = postgresInbox(database.pool)
  const id = await inbox.keep(webhook, 'key', at)
  assert(id !== undefined)
  assert.equal(await inbox.keep(webhook, 'key', at), undefined, 'nobody has looked at it yet')
  const [first] = await inbox.claim({ id }, at, lease)
  assert.deepEqual(await inbox.claim({ id }, at, lease), [], 'others leave it alone')

  assert.equal(await inbox.keep(webhook, 'key', at), id)
  const [second] = await inbox.claim({ id }, at, lease)
  assert(first && second)
  await inbox.conclude(second, conclude('processed', second.attempts, at), at)
  await inbox.conclude(first, conclude('unconfirmed', first.attempts, at), at)
  const { rows } = await database.pool.query('select status, retry_at from payment.webhooks')
  assert.deepEqual(rows, [{ status: 'processed', retry_at: null }])
  assert.equal(await inbox.keep(webhook, 'key', at), undefined, 'it is done with')
})

test('webhooks are forgotten when they are old enough, except those that are to be acted on', async () => {
  await using database = await createTestDatabase()
  const keep = (status: string, days: number, { count = 1, waits = false } = {}) =>
    database.pool.query(
      `insert into payment.webhooks (id, gateway, body, headers, status, received_at, retry_at)
       select gen_random_uuid(), 'xendit', '\\x', '{}', $1,
              $2::timestamptz - $3 * interval '1 day', $4::timestamptz
       from generate_series(1, $5)`,
      [status, at, days, waits ? at : null, count],
    )
  for (const [status, days] of [
    ['refused', 7],
    ['ignored', 30],
    ['malformed', 30],
    ['processed', 90],
    ['unknown', 90],
  ] as const) {
    await keep(status, days - 0.5)
    await keep(status, days + 0.5)
  }
  await keep('processed', 365, { count: 25_000 })
  await keep('unconfirmed', 365)
  await keep('failed', 365)
  await keep('unknown', 365, { waits: true })
  await forgetOldWebhooks(database.pool, at)
  const { rows } = await database.pool.query<{ left: string }>(
    `select status || ' ' || extract(day from $1::timestamptz - received_at) as left
     from payment.webhooks order by status, received_at desc`,
    [at],
  )
  assert.deepEqual(
    rows.map(({ left }) => left),
    [
      'failed 365',
      'ignored 29',
      'malformed 29',
      'processed 89',
      'refused 6',
      'unconfirmed 365',
      'unknown 89',
      'unknown 365',
    ],
  )
})
