import assert from 'node:assert'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, test } from 'node:test'
import { schemaDifference } from '../../src/commands/schema-difference.ts'
import { wantedDatabase, withScratch } from '../../src/commands/scratch-databases.ts'
import { tableTypes } from '../../src/commands/table-types.ts'
import { openPool } from '../../src/platform/postgres.ts'
import {
  downgrade,
  moduleNames,
  modulesFolder,
  pendingRevisions,
  readRevisions,
  upgradeToHead,
} from '../../src/platform/revisions.ts'
import { testServerUrl } from '../support/database.ts'

const quiet = { info: () => {} }

describe('the revisions of the modules', () => {
  test('lead up, down to nothing, and up again to what every schema.sql wants', () =>
    withScratch(testServerUrl(), async (scratch) => {
      const modules = await moduleNames()
      const wanted = await wantedDatabase(scratch, modulesFolder)
      const databaseUrl = await scratch.create()
      const pool = openPool(databaseUrl, 1)
      await upgradeToHead(pool, quiet)
      assert.deepEqual(await schemaDifference(databaseUrl, wanted, modules), new Map())

      await downgrade(pool, await readRevisions(), quiet, Infinity)
      const empty = await scratch.create()
      assert.deepEqual(await schemaDifference(databaseUrl, empty, modules), new Map())

      await upgradeToHead(pool, quiet)
      assert.deepEqual(await schemaDifference(databaseUrl, wanted, modules), new Map())
      assert.deepEqual(await pendingRevisions(pool), [])
      await pool.end()
    }))

  test('and the table types are those of schema.sql: if not, run `npm run db -- types`', () =>
    withScratch(testServerUrl(), async (scratch) => {
      const wanted = await wantedDatabase(scratch, modulesFolder)
      const types = await tableTypes(wanted, await moduleNames())
      assert.ok(types.size > 0)
      for (const [module, source] of types) {
        const file = path.join(modulesFolder, module, 'adapters', 'tables.ts')
        assert.equal(await readFile(file, 'utf8').catch(() => 'no such file'), source, file)
      }
    }))
})
