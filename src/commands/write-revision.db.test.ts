import assert from 'node:assert'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { testServerUrl } from '../../tests/support/database.ts'
import { schemaDifference } from './schema-difference.ts'
import { revisedDatabase, wantedDatabase, withScratch } from './scratch-databases.ts'
import { readRevisions } from '../platform/revisions.ts'
import { writeRevision } from './write-revision.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'karcis-modules-'))
})
after(() => rm(folder, { recursive: true }))

async function want(module: string, sql: string): Promise<void> {
  await mkdir(path.join(folder, module), { recursive: true })
  await writeFile(path.join(folder, module, 'schema.sql'), sql)
}
const write = (message: string, squash = false) =>
  withScratch(testServerUrl(), (scratch) => writeRevision(scratch, folder, message, { squash }))
const files = async (module: string) =>
  (await readdir(path.join(folder, module, 'revisions')).catch((): string[] => [])).sort()

describe('writing a revision', () => {
  test('gives each module that changed its files, and says what they destroy', async () => {
    await want('a', 'create schema a; create table a.t (id int, old text)')
    await want('b', 'create schema b; create table b.t (id int) with (fillfactor = 50)')
    assert.deepEqual((await write('Initial')).destructive, [])
    assert.deepEqual(await files('a'), ['0001-initial.down.sql', '0001-initial.up.sql'])

    await want('a', 'create schema a; create table a.t (id int)')
    const written = await write('Drop the old column!')
    assert.equal(written.name, '0002-drop-the-old-column')
    assert.deepEqual(written.destructive, ['alter table "a"."t" drop column "old";'])
    assert.equal((await files('a')).length, 4)
    assert.equal((await files('b')).length, 2)
  })

  test('is refused when nothing changed, or without a message', async () => {
    await assert.rejects(write('nothing'), /already lead to what every schema.sql wants/)
    await assert.rejects(write(' – '), /needs a message/)
  })

  test('puts one revision in the place of all when told to squash', async () => {
    await write('initial', true)
    assert.deepEqual(await files('a'), ['0001-initial.down.sql', '0001-initial.up.sql'])
    await withScratch(testServerUrl(), async (scratch) => {
      const revised = await revisedDatabase(scratch, await readRevisions(folder))
      const wanted = await wantedDatabase(scratch, folder)
      assert.deepEqual(await schemaDifference(revised, wanted, ['a', 'b']), new Map())
    })
  })
})
