import assert from 'node:assert'
import { describe, test } from 'node:test'
import { testServerUrl } from '../../tests/support/database.ts'
import { isDestructive, schemaDifference } from './schema-difference.ts'
import { query, withScratch } from './scratch-databases.ts'

/** For each kind of change: how it is made to a table `m.t`, and the statement it must cause. */
const changes: Record<string, (t: string) => [change: string, statement: string]> = {
  'a table': (t) => [`create table m.${t}_more (id int)`, `create table "m"."${t}_more"`],
  'a dropped table': (t) => [`drop table m.${t}`, `drop table "m"."${t}"`],
  'a column': (t) => [`alter table m.${t} add c int`, `"m"."${t}" add column "c" integer`],
  'a dropped column': (t) => [`alter table m.${t} drop s`, `"m"."${t}" drop column "s"`],
  'a type': (t) => [
    `alter table m.${t} alter n type bigint`,
    `"m"."${t}" alter column "n" set data type bigint`,
  ],
  'a null': (t) => [
    `alter table m.${t} alter n drop not null`,
    `"m"."${t}" alter column "n" drop not null`,
  ],
  'a default': (t) => [
    `alter table m.${t} alter n set default 7`,
    `"m"."${t}" alter column "n" set default 7`,
  ],
  'an identity column': (t) => [
    `alter table m.${t} alter id add generated always as identity`,
    `"m"."${t}" alter column "id" add generated always as identity`,
  ],
  'a generated column': (t) => [
    `alter table m.${t} add g int generated always as (n * 2) stored`,
    `"m"."${t}" add column "g" integer generated always as ((n * 2)) stored`,
  ],
  'a check': (t) => [
    `alter table m.${t} add constraint c check (n > 0)`,
    `"m"."${t}" add constraint "c" CHECK ((n > 0))`,
  ],
  'a changed check': (t) => [
    `alter table m.${t} drop constraint promise, add constraint promise check (n < 50)`,
    `"m"."${t}" add constraint "promise" CHECK ((n < 50))`,
  ],
  'a unique constraint': (t) => [
    `alter table m.${t} add constraint ${t}_u unique nulls not distinct (n, s)`,
    `UNIQUE INDEX ${t}_u ON m.${t} USING btree (n, s) NULLS NOT DISTINCT`,
  ],
  'a foreign key': (t) => [
    `alter table m.${t} add constraint f foreign key (n) references m.${t} on delete cascade`,
    `"m"."${t}" add constraint "f" FOREIGN KEY (n) REFERENCES m.${t}(id) ON DELETE CASCADE`,
  ],
  'a partial index': (t) => [
    `create index on m.${t} (at) where n > 3`,
    `ON m.${t} USING btree (at) WHERE (n > 3)`,
  ],
  'an index on an expression': (t) => [
    `create unique index on m.${t} (lower(s))`,
    `ON m.${t} USING btree (lower(s))`,
  ],
  'the direction and companions of an index': (t) => [
    `create index on m.${t} (at desc, id) include (n) with (fillfactor = 70)`,
    `ON m.${t} USING btree (at DESC, id) INCLUDE (n) WITH (fillfactor='70')`,
  ],
  'a dropped index': (t) => [`drop index m.${t}_n`, `drop index if exists "m"."${t}_n"`],
  'an unlogged table': (t) => [
    `alter table m.${t} set unlogged`,
    `alter table "m"."${t}" set unlogged`,
  ],
  'a fillfactor': (t) => [
    `alter table m.${t} set (fillfactor = 50)`,
    `alter table m.${t} set (fillfactor=50)`,
  ],
  'a storage parameter taken away': (t) => [
    `alter table m.${t} reset (parallel_workers)`,
    `alter table m.${t} reset (parallel_workers)`,
  ],
  'vacuum settings, of long values too': (t) => [
    `alter table m.${t} set (autovacuum_enabled = false, toast.autovacuum_enabled = false)`,
    `alter table m.${t} set (autovacuum_enabled=false, toast.autovacuum_enabled=false)`,
  ],
}

const numbered = Object.entries(changes).map(([name, make], index) => {
  const table = `t${index}`
  const [change, statement] = make(table)
  const create = `
    create table m.${table} (id int primary key, n int not null, s text, at timestamptz,
      constraint promise check (n < 100)) with (parallel_workers = 2);
    create index ${table}_n on m.${table} (n);`
  return { name, create, change, statement }
})
const before = `create schema m; ${numbered.map(({ create }) => create).join('')}`
const after = `${before} ${numbered.map(({ change }) => change).join(';')}`

describe('the comparison of two databases', () => {
  test('sees every kind of change, and its statements lead there and back', (t) =>
    withScratch(testServerUrl(), async (scratch) => {
      const old = await scratch.create()
      const changed = await scratch.create()
      const pristine = await scratch.create()
      await query(old, before)
      await query(changed, after)
      await query(pristine, before)

      const up = (await schemaDifference(old, changed, ['m'])).get('m') ?? []
      for (const { name, statement } of numbered) {
        await t.test(name, () => assert.ok(up.join('\n').includes(statement), up.join('\n')))
      }
      const down = (await schemaDifference(changed, pristine, ['m'])).get('m') ?? []
      await query(old, up.join('\n'))
      assert.deepEqual(await schemaDifference(old, changed, ['m']), new Map())
      await query(changed, down.join('\n'))
      assert.deepEqual(await schemaDifference(changed, pristine, ['m']), new Map())
    }))

  test('does not look at schemas that are not ours', () =>
    withScratch(testServerUrl(), async (scratch) => {
      const ours = await scratch.create()
      const theirs = await scratch.create()
      await query(
        theirs,
        'create schema graphile_worker; create table graphile_worker.jobs (id int)',
      )
      assert.deepEqual(await schemaDifference(ours, theirs, ['m']), new Map())
    }))

  test('does not take the order of columns or a comment for a difference', () =>
    withScratch(testServerUrl(), async (scratch) => {
      const one = await scratch.create()
      const other = await scratch.create()
      await query(one, 'create schema m; create table m.t (a int, b int)')
      await query(
        other,
        `create schema m; create table m.t (b int, a int); comment on table m.t is 'x'`,
      )
      assert.deepEqual(await schemaDifference(one, other, ['m']), new Map())
    }))

  test('calls destructive what loses rows, values or a promise', () => {
    for (const statement of [
      'drop table "m"."t";',
      'drop schema if exists "m";',
      'alter table "m"."t" drop column "s";',
      'alter table "m"."t" drop constraint "never_oversell";',
      'alter table "m"."t" alter column "n" set data type integer using "n"::integer;',
    ]) {
      assert.ok(isDestructive(statement), statement)
    }
    for (const statement of [
      'create table "m"."drops" ("type" text);',
      'drop index if exists "m"."t_n";',
      'alter table "m"."t" add column "type" text;',
      'alter table "m"."t" alter column "type" set default 1;',
    ]) {
      assert.ok(!isDestructive(statement), statement)
    }
  })
})
