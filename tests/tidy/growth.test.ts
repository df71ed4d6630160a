import assert from 'node:assert'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { root } from './generated-pages.ts'

/** Why a table needs nobody to forget its rows; docs/security.md tells operators. */
const bounded: Record<string, string> = {
  'admission.orders': 'orders are kept',
  'admission.tickets': 'orders are kept',
  'booking.orders': 'orders are kept',
  'payment.payments': 'orders are kept',
  'payment.confirmations': 'orders are kept',
  'booking.events': 'events are kept',
  'catalog.events': 'events are kept',
  'identity.users': 'users are kept',
  'identity.id_cards': 'one of a user',
  'sandbox.controls': 'one row',
}

const tablesOf = (sql: string) =>
  [...sql.matchAll(/^create table ([a-z_.]+) \(/gm)].map(([, name = '']) => name)

/** Tables of which some row is deleted somewhere. */
const forgottenIn = (code: string) =>
  [...code.matchAll(/delete from ([a-z_]+\.[a-z_]+)|table: '([a-z_]+\.[a-z_]+)'/g)].map(
    ([, deleted, old]) => deleted ?? old ?? '',
  )

/** The relay empties an outbox, and the same task of all modules forgets what was sent. */
const isOutbox = (table: string) => /\.(outbox|sent_messages)$/.test(table)

async function filesOf(pattern: string): Promise<string[]> {
  const texts: string[] = []
  for await (const file of glob(pattern, { cwd: root })) {
    if (!file.endsWith('.test.ts')) texts.push(await readFile(path.join(root, file), 'utf8'))
  }
  return texts
}

test('the rows of every table are forgotten in time, or it is said why they are few', async () => {
  const tables = (await filesOf('src/modules/*/schema.sql')).flatMap(tablesOf)
  const forgotten = new Set((await filesOf('src/**/*.ts')).flatMap(forgottenIn))
  assert.ok(tables.length > 25, 'few tables were seen')
  const growing = tables.filter((table) => !isOutbox(table) && !forgotten.has(table))
  assert.deepEqual(growing.sort(), Object.keys(bounded).sort())
})

test('a table that grows for ever would be seen', () => {
  assert.deepEqual(tablesOf('create table a.b (\n  id\n);\ncreate table a.c ('), ['a.b', 'a.c'])
  assert.deepEqual(forgottenIn("x('delete from a.b where'); y({ table: 'a.c' })"), ['a.b', 'a.c'])
})
