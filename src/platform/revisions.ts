import assert from 'node:assert'
import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { transaction, type Queryable } from './postgres.ts'
import { startError } from './start-error.ts'

/** Where every module keeps its `schema.sql`, and beside it its part of each revision. */
export const modulesFolder = path.resolve(import.meta.dirname, '../modules')

/** A step from one state of the database to the next: one number, files of one or more modules. */
export type Revision = {
  number: number
  slug: string
  up: SqlFile[]
  down: SqlFile[]
  /** Of the up files: tells whether they are still those that were applied. */
  checksum: string
}
export type SqlFile = { module: string; sql: string }

/** How a database stands to the revisions of this program. */
type Standing = {
  applied: AppliedRevision[]
  pending: Revision[]
  /** Applied, and their up files were changed since. */
  changed: Revision[]
  /** Applied by a newer program. */
  unknown: AppliedRevision[]
}
type AppliedRevision = { number: number; slug: string; checksum: string; applied_at: Date }

type Log = { info(text: string): void }

/** Brings the database to the state this program is written for; safe to call in every process. */
export async function upgradeToHead(pool: pg.Pool, log: Log): Promise<void> {
  await upgrade(pool, await readRevisions(), log)
}

/** What `upgradeToHead` would apply; throws when the database is not one this program can use. */
export async function pendingRevisions(pool: pg.Pool): Promise<Revision[]> {
  const standing = await standingOf(pool, await readRevisions())
  refuseForeign(standing)
  return standing.pending
}

/**
 * Applies up to `atMost` pending revisions, each in its own transaction: one that fails leaves the
 * database at the revision before. Processes that upgrade at the same time take turns.
 */
export async function upgrade(
  pool: pg.Pool,
  revisions: readonly Revision[],
  log: Log,
  atMost = Infinity,
): Promise<void> {
  for (let count = 0; count < atMost; count++) {
    const applied = await transaction(pool, async (client) => {
      await takeTurn(client)
      const standing = await standingOf(client, revisions)
      refuseForeign(standing)
      const [next] = standing.pending
      if (!next) return undefined
      log.info(`upgrading to ${nameOf(next)}`)
      await run(client, next.up)
      await client.query(
        `insert into karcis.revisions (number, slug, checksum) values ($1, $2, $3)`,
        [next.number, next.slug, next.checksum],
      )
      return next
    })
    if (!applied) return
  }
}

/** Takes back up to `atMost` applied revisions, newest first, each in its own transaction. */
export async function downgrade(
  pool: pg.Pool,
  revisions: readonly Revision[],
  log: Log,
  atMost: number,
): Promise<void> {
  for (let count = 0; count < atMost; count++) {
    const left = await transaction(pool, async (client) => {
      await takeTurn(client)
      const standing = await standingOf(client, revisions)
      refuseForeign(standing)
      const last = standing.applied.at(-1)
      if (!last) return undefined
      const revision = revisions.find(({ number }) => number === last.number)
      assert(revision, 'an applied revision is known here, or it was refused')
      log.info(`downgrading from ${nameOf(last)}`)
      await run(client, revision.down)
      await client.query('delete from karcis.revisions where number = $1', [last.number])
      return last
    })
    if (!left) return
  }
}

export async function standingOf(
  client: Queryable,
  revisions: readonly Revision[],
): Promise<Standing> {
  const applied = await appliedRevisions(client)
  const byNumber = new Map(applied.map((row) => [row.number, row]))
  const known = new Set(revisions.map(({ number }) => number))
  return {
    applied,
    pending: revisions.filter(({ number }) => !byNumber.has(number)),
    changed: revisions.filter((revision) => {
      const row = byNumber.get(revision.number)
      return row && (row.checksum !== revision.checksum || row.slug !== revision.slug)
    }),
    unknown: applied.filter(({ number }) => !known.has(number)),
  }
}

/** The name of a revision, and of its files: `0007-add-seats-table`. */
export const nameOf = ({ number, slug }: { number: number; slug: string }): string =>
  `${String(number).padStart(4, '0')}-${slug}`

const fileName = /^(\d{4})-([a-z0-9-]+)\.(up|down)\.sql$/

/** Every revision there is, in order. Numbers run from 1 without a gap and have one slug each. */
export async function readRevisions(folder: string = modulesFolder): Promise<Revision[]> {
  const revisions: Revision[] = []
  for (const module of await moduleNames(folder)) {
    const files = await readdir(path.join(folder, module, 'revisions')).catch(noneIfMissing)
    for (const file of files.sort()) {
      const [, digits, slug, direction] = fileName.exec(file) ?? []
      if (!digits || !slug)
        throw startError(`${module}/revisions/${file} is not named as a revision.`)
      const text = await readFile(path.join(folder, module, 'revisions', file), 'utf8')
      // A checkout on Windows may end lines differently; the revision is the same.
      const part = { module, sql: text.replaceAll('\r\n', '\n') }
      const revision = (revisions[Number(digits) - 1] ??= {
        number: Number(digits),
        slug,
        up: [],
        down: [],
        checksum: '',
      })
      if (revision.slug !== slug) {
        throw startError(`Two revisions have the number ${digits}: ${revision.slug} and ${slug}.`)
      }
      revision[direction === 'up' ? 'up' : 'down'].push(part)
    }
  }
  return Array.from(revisions, (revision, index) => checked(revision, index + 1))
}

export async function moduleNames(folder: string = modulesFolder): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

function checked(revision: Revision | undefined, number: number): Revision {
  if (!revision) throw startError(`There is no revision with the number ${number}.`)
  const modules = (files: SqlFile[]) => files.map(({ module }) => module).join()
  if (modules(revision.up) !== modules(revision.down)) {
    throw startError(`Revision ${nameOf(revision)} does not have a down file for each up file.`)
  }
  return { ...revision, checksum: hash('sha256', JSON.stringify(revision.up), 'hex') }
}

function noneIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return []
  throw error
}

async function appliedRevisions(client: Queryable): Promise<AppliedRevision[]> {
  const { rows: tables } = await client.query(
    `select from information_schema.tables
     where table_schema = 'karcis' and table_name = 'revisions'`,
  )
  if (tables.length === 0) return []
  const { rows } = await client.query<AppliedRevision>(
    'select number, slug, checksum, applied_at from karcis.revisions order by number',
  )
  return rows
}

function refuseForeign(standing: Standing): void {
  const unknown = standing.unknown.at(-1)
  if (unknown) {
    throw startError(
      `The database is at revision ${nameOf(unknown)}, which this program does not know: ` +
        `use the newer program that made it.`,
    )
  }
  const [changed] = standing.changed
  if (changed) {
    throw startError(
      `Revision ${nameOf(changed)} was changed after this database got it: restore its up ` +
        `files, or start over with \`npm run db -- reset --yes\`.`,
    )
  }
}

/** One transaction at a time may change the revisions of a database. */
async function takeTurn(client: Queryable): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('karcis.revisions', 0))`)
  // A change that has to wait for a long-running reader makes everybody wait behind it; rather
  // fail and be tried again than stop the sale.
  await client.query(`set local lock_timeout = '10s'`)
  await client.query('create schema if not exists karcis')
  await client.query(
    `create table if not exists karcis.revisions (
       number integer primary key,
       slug text not null,
       checksum text not null,
       applied_at timestamptz not null default now()
     )`,
  )
}

async function run(client: Queryable, files: readonly SqlFile[]): Promise<void> {
  for (const { sql } of files) await client.query(sql)
}
