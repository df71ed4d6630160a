import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { pino } from 'pino'
import { demoAccounts, type DemoAccount } from '../../src/demo/demo-data.ts'
import { loadDemoData } from '../../src/demo/load-demo-data.ts'
import { catalogModule } from '../../src/modules/catalog/index.ts'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { ownPages } from '../../src/platform/shared-pages.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database[Symbol.asyncDispose]())

test('demo data is put in once, and what someone changed since stays changed', async () => {
  let now = new Date('2030-01-01T10:00:00Z')
  let woken = 0
  const users: DemoAccount[] = []
  const catalog = catalogModule({
    pool: database.pool,
    pages: ownPages,
    booking: { stockOf: async () => undefined, capacityMin: async () => 0 },
    clock: () => now,
    pause: async () => {},
    catalogRefreshSeconds: 3,
    onMessages: () => woken++,
  })
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: '0',
    authenticate: async () => undefined,
  })
  catalog.routes(http)
  const load = () =>
    loadDemoData({
      identity: { findUserId: async (email) => users.find((user) => user.email === email)?.userId },
      createUser: async (account) => users.push(account),
      catalog: catalog.api,
      clock: () => now,
    })
  const listed = async (query: string) => (await http.inject(`/events?limit=100&${query}`)).json()

  assert.equal((await listed('')).events.length, 0)
  await load()
  assert(woken > 0)
  assert.equal((await listed('')).events.length, 18)
  assert.equal((await listed('category=festival')).events.length, 16)
  assert.deepEqual(users, demoAccounts)
  const [, organiser, doorStaff] = demoAccounts
  const [{ id }] = (await listed('category=talk')).events
  const roles = [organiser, doorStaff].map((user) =>
    catalog.api.roleAt(id.replace('event-', ''), String(user?.userId)),
  )
  assert.deepEqual(await Promise.all(roles), ['organiser', 'staff'])

  await database.pool.query(`update catalog.events set title = 'changed' where category = 'talk'`)
  const before = await everything()
  now = new Date('2030-01-05T10:00:00Z')
  await load()
  assert.deepEqual(await everything(), before)
  assert.equal(users.length, 4)
  await http.close()
})

async function everything(): Promise<unknown[]> {
  const tables = ['events', 'ticket_types', 'event_staff', 'outbox']
  const reads = tables.map((table) => database.pool.query(`select * from catalog.${table}`))
  return (await Promise.all(reads)).map(({ rows }) => rows)
}
