import assert from 'node:assert'
import { test } from 'node:test'
import { createTestDatabase } from '../../../../tests/support/database.ts'
import { conclude } from '../domain/webhook.ts'
import { postgresInbox } from './inbox.ts'

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
