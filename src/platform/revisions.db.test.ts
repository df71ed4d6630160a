import assert from 'node:assert'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, test } from 'node:test'
import { createTestDatabase } from '../../tests/support/database.ts'
import {
  downgrade,
  readRevisions,
  standingOf,
  upgrade,
  type Revision,
  type SqlFile,
} from './revisions.ts'

const quiet = { info: () => {} }

const revision = (number: number, up: string, down: string): Revision => ({
  number,
  slug: 'step',
  up: [{ module: 'm', sql: up }],
  down: [{ module: 'm', sql: down }],
  checksum: up,
})
const first = revision(1, 'create schema m; create table m.a (x int)', 'drop schema m cascade')
const second = revision(2, 'create table m.b (x int)', 'drop table m.b')
const third = revision(3, 'create table m.c (x int)', 'drop table m.c')

async function tables({ pool }: Awaited<ReturnType<typeof createTestDatabase>>): Promise<string> {
  const { rows } = await pool.query(
    `select table_name from information_schema.tables where table_schema = 'm' order by 1`,
  )
  return rows.map((row) => row.table_name).join('')
}

describe('the revisions of a database', () => {
  test('are applied in order, step by step, and taken back newest first', async () => {
    await using database = await createTestDatabase()
    const { pool } = database
    const all = [first, second, third]
    await upgrade(pool, all, quiet, 1)
    assert.equal(await tables(database), 'a')
    await upgrade(pool, all, quiet)
    assert.equal(await tables(database), 'abc')
    await downgrade(pool, all, quiet, 2)
    assert.equal(await tables(database), 'a')
    assert.deepEqual((await standingOf(pool, all)).pending, [second, third])
    await downgrade(pool, all, quiet, Infinity)
    assert.equal(await tables(database), '')
    assert.deepEqual((await standingOf(pool, all)).applied, [])
  })

  test('leave the database at the one before when one fails, whatever it had done already', async () => {
    await using database = await createTestDatabase()
    const broken = revision(2, 'create table m.b (x int); insert into m.missing values (1)', '')
    await assert.rejects(upgrade(database.pool, [first, broken, third], quiet), /m\.missing/)
    assert.equal(await tables(database), 'a')
    const { applied } = await standingOf(database.pool, [first])
    assert.deepEqual(
      applied.map(({ number }) => number),
      [1],
    )
  })

  test('are applied once when many processes start together', async () => {
    await using database = await createTestDatabase()
    const slow = revision(2, 'select pg_sleep(0.1); create table m.b (x int)', '')
    const processes = Array.from({ length: 6 }, () =>
      upgrade(database.pool, [first, slow, third], quiet),
    )
    await Promise.all(processes)
    assert.equal(await tables(database), 'abc')
  })

  test('are reported and not built upon when their files were changed', async () => {
    await using database = await createTestDatabase()
    await upgrade(database.pool, [first], quiet)
    const changed = { ...first, checksum: 'other' }
    assert.deepEqual((await standingOf(database.pool, [changed])).changed, [changed])
    await assert.rejects(upgrade(database.pool, [changed, second], quiet), /0001-step was changed/)
    await assert.rejects(downgrade(database.pool, [changed], quiet, 1), /0001-step was changed/)
    assert.equal(await tables(database), 'a')
  })

  test('of a newer program are refused', async () => {
    await using database = await createTestDatabase()
    await upgrade(database.pool, [first, second], quiet)
    await assert.rejects(upgrade(database.pool, [first], quiet), /newer program/)
  })

  test('do not make everybody wait behind a reader who does not end', async () => {
    await using database = await createTestDatabase()
    await upgrade(database.pool, [first], quiet)
    const waits = revision(
      2,
      `select set_config('m.wait', current_setting('lock_timeout'), false)`,
      '',
    )
    await upgrade(database.pool, [first, waits], quiet)
    const { rows } = await database.pool.query(`select current_setting('m.wait', true) as wait`)
    assert.equal(rows[0].wait, '10s')
  })
})

describe('the files of revisions', () => {
  const part = (module: string, sql: string): SqlFile => ({ module, sql })

  async function read(files: Record<string, string>): Promise<Revision[]> {
    const folder = await mkdtemp(path.join(tmpdir(), 'karcis-revisions-'))
    try {
      for (const [name, sql] of Object.entries(files)) {
        const [module, file] = name.split('/') as [string, string]
        await mkdir(path.join(folder, module, 'revisions'), { recursive: true })
        await writeFile(path.join(folder, module, 'revisions', file), sql)
      }
      return await readRevisions(folder)
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  const both = { 'a/0001-x.up.sql': '1', 'a/0001-x.down.sql': '2' }

  test('of one number are one revision, ordered by module', async () => {
    const [only, ...others] = await read({
      'b/0001-x.up.sql': '3',
      'b/0001-x.down.sql': '4',
      ...both,
    })
    assert.deepEqual(others, [])
    assert.deepEqual(only?.up, [part('a', '1'), part('b', '3')])
    assert.deepEqual(only?.down, [part('a', '2'), part('b', '4')])
  })

  test('have another checksum when an up file changes, and not when only line ends do', async () => {
    const checksum = async (up: string) =>
      (await read({ ...both, 'a/0001-x.up.sql': up }))[0]?.checksum
    assert.notEqual(await checksum('a\nb'), await checksum('a\nc'))
    assert.equal(await checksum('a\nb'), await checksum('a\r\nb'))
  })

  for (const [mistake, files, sentence] of [
    ['two slugs for one number', { ...both, 'b/0001-y.up.sql': '' }, /number 0001: x and y/],
    ['an up file without its down file', { 'a/0001-x.up.sql': '' }, /down file for each up file/],
    ['a gap', { 'a/0002-x.up.sql': '', 'a/0002-x.down.sql': '' }, /no revision with the number 1/],
    ['another name', { ...both, 'a/notes.sql': '' }, /notes.sql is not named/],
  ] as const) {
    test(`are refused with ${mistake}`, () => assert.rejects(read(files), sentence))
  }
})
