import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createTestDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { databaseGauges, type DatabaseGauge } from './database-gauges.ts'
import { snapshotOf } from './metrics.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database[Symbol.asyncDispose]())

const gauge = (name: string, sql: string, ...labels: string[]): DatabaseGauge => ({
  name,
  help: 'A test.',
  labels,
  sql,
})
const failures = async () =>
  (await snapshotOf('test')).find(({ name }) => name === 'karcis_readings_failed_total')?.values[0]
    ?.value ?? 0

test('a row is a series; a question that fails takes only its own away, and is counted', async () => {
  const failed = await failures()
  const read = databaseGauges(database.pool, [
    gauge('broken', 'select 1 / 0 as value'),
    gauge('states', `select 'paid' as state, 3 as value`, 'state'),
  ])
  const [broken, states] = await read()
  assert.deepEqual(broken?.values, [])
  assert.deepEqual(states?.values, [{ labels: { state: 'paid' }, value: 3 }])
  assert.equal(await failures(), failed + 1)
})

test('many scrapes at once ask the database once, and later ones not again for a while', async () => {
  const asked: string[] = []
  const pool = {
    async query(sql: string) {
      asked.push(sql)
      await pause(20)
      return { rows: [{ value: asked.length }] }
    },
  }
  const read = databaseGauges(pool as never, [gauge('some', 'select')])
  await Promise.all([read(), read(), read()])
  const [some] = await read()
  assert.deepEqual([asked.length, some?.values[0]?.value], [1, 1])
})

test('nobody waits for a slow answer; it comes with a later scrape, and is asked for rarely', async () => {
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let asked = 0
  const pool = {
    async query() {
      await answers[asked++]?.promise
      return { rows: [{ value: 7 }] }
    },
  }
  const read = databaseGauges(pool as never, [gauge('slow', 'select')])
  const startedAt = performance.now()
  assert.deepEqual((await read())[0]?.values, [])
  const waited = performance.now() - startedAt
  assert.ok(waited > 900 && waited < 2_500, `waited ${waited} ms`)
  answers[0]?.resolve()
  await pause(10)
  assert.equal((await read())[0]?.values[0]?.value, 7)
  assert.equal(asked, 1)
})
