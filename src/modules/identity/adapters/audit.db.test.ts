import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { AuditedAction } from '../../../kernel/audited-action.ts'
import { openIdentity } from '../../../../tests/support/identity.ts'

let world: Awaited<ReturnType<typeof openIdentity>>
let token: string
before(async () => {
  world = await openIdentity()
  token = (await world.signUp('admin@karcis.test', ['admin'])).token
})
after(() => world[Symbol.asyncDispose]())

const event = `event-${randomUUID()}`
const action = (change: Partial<AuditedAction> = {}): AuditedAction => ({
  at: '2030-01-01T10:00:00.000Z',
  userId: randomUUID(),
  credential: 'session',
  operation: 'cancelEvent',
  targets: [event],
  detail: {},
  status: 200,
  requestId: 'r-1',
  address: '203.0.113.7',
  ...change,
})

async function found(query: Record<string, string>): Promise<string[]> {
  const { body } = await world.call(`GET /audit?${new URLSearchParams(query)}`, { token })
  return (body['actions'] as AuditedAction[]).map(({ requestId }) => requestId)
}

test('an administrator finds what was done by who did it, what, to what and when', async () => {
  const { identity, call } = world
  const [ayu, budi] = [randomUUID(), randomUUID()]
  const recorded: Partial<AuditedAction>[] = [
    { userId: ayu, requestId: 'a', at: '2030-01-01T08:00:00.000Z' },
    { userId: ayu, requestId: 'b', operation: 'setUserRoles', targets: [`user-${budi}`] },
    { userId: budi, requestId: 'c', status: 403, at: '2030-01-01T12:00:00.000Z' },
  ]
  for (const change of recorded) await identity.api.recordAction(action(change))

  assert.deepEqual(await found({}), ['c', 'b', 'a'], 'newest first')
  assert.deepEqual(await found({ userId: `user-${ayu}` }), ['b', 'a'])
  assert.deepEqual(await found({ operation: 'setUserRoles' }), ['b'])
  assert.deepEqual(await found({ target: event }), ['c', 'a'])
  assert.deepEqual(await found({ from: '2030-01-01T09:00:00Z' }), ['c', 'b'])
  assert.deepEqual(await found({ until: '2030-01-01T12:00:00Z' }), ['b', 'a'])
  const page = await call('GET /audit?limit=2', { token })
  const cursor = String(page.body['nextCursor'])
  assert.deepEqual(await found({ cursor, limit: '2' }), ['a'])
  const [first] = page.body['actions'] as object[]
  const { at, ...rest } = action(recorded[2])
  assert.deepEqual(first, { ...rest, at, userId: `user-${budi}` })

  assert.equal((await call('GET /audit?cursor=x', { token })).status, 400)
  assert.equal((await call('GET /audit?from=2030-02-31T00:00:00Z', { token })).status, 400)
  const { token: buyer } = await world.signUp('buyer@karcis.test')
  assert.equal((await call('GET /audit', { token: buyer })).status, 403)
})

test('what was recorded is never changed, and forgotten in time', async () => {
  const { identity, pool } = world
  await assert.rejects(pool.query(`update identity.audit_log set status = 200`), /never changed/)
  await assert.rejects(pool.query('truncate identity.audit_log'), /never changed/)

  const kept = action({ requestId: 'kept', at: '2029-01-02T10:00:00.000Z' })
  const old = action({ requestId: 'old', at: '2028-12-31T10:00:00.000Z' })
  for (const one of [kept, old]) await identity.api.recordAction(one)
  for (const { name, run } of identity.tasks) {
    if (name === 'identity.forgetOldActions') await run(new AbortController().signal)
  }
  const left = await found({ until: '2029-12-31T00:00:00Z' })
  assert.deepEqual(left, ['kept'], 'after 365 days')
})
