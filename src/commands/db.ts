import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { openPool } from '../platform/postgres.ts'
import {
  downgrade,
  moduleNames,
  modulesFolder,
  nameOf,
  readRevisions,
  standingOf,
  upgrade,
} from '../platform/revisions.ts'
import { readEnv } from '../config.ts'
import { startError } from '../platform/start-error.ts'
import { openLiveDatabase } from './live-database.ts'
import { schemaDifference } from './schema-difference.ts'
import { wantedDatabase, withScratch } from './scratch-databases.ts'
import { tableTypes } from './table-types.ts'
import { writeRevision } from './write-revision.ts'
import { runCommand } from './run-command.ts'

const help = `npm run db -- <command>

Every module's schema.sql is what its tables should be. Revisions lead a database there, step by
step, forwards and back.

  revision -m "add seats table"  write the next revision: what schema.sql wants and the revisions
                                 there are do not have; --squash replaces them all by one
  upgrade [head|+n]              apply pending revisions: all of them, or n
  downgrade [-n|base]            take back the last n revisions (1), or all
  current                        the revision the database is at
  history                        every revision, and when it was applied
  check                          does the database equal every schema.sql? Ends with 1 if not
  types                          write the table types for Kysely, adapters/tables.ts
  reset --yes                    drop everything; refused with NODE_ENV=production

The database is that of DATABASE_URL, or the embedded one.
`

const print = (text: string) => void process.stdout.write(`${text}\n`)
const log = { info: print }

const commands: Record<string, (args: string[]) => Promise<void>> = {
  async revision(args) {
    const { message, squash } = parseArgs({
      args,
      options: {
        message: { type: 'string', short: 'm', default: '' },
        squash: { type: 'boolean' },
      },
    }).values
    const written = await withScratch(readEnv()['DATABASE_URL'], (scratch) =>
      writeRevision(scratch, modulesFolder, message, { squash: squash ?? false }),
    )
    for (const file of written.files) print(`wrote ${path.relative('', file)}`)
    if (written.destructive.length > 0) {
      print(`\nWARNING: ${written.name} destroys what these statements name; read them twice:`)
      for (const statement of written.destructive) print(`  ${statement}`)
    }
  },

  async upgrade([goal = 'head']) {
    const count = goal === 'head' ? Infinity : stepCount('+', goal)
    await onLive(async (pool) => {
      await upgrade(pool, await readRevisions(), log, count)
      print(await currentRevision(pool))
    })
  },

  async downgrade([goal = '-1']) {
    const count = goal === 'base' ? Infinity : stepCount('-', goal)
    await onLive(async (pool) => {
      await downgrade(pool, await readRevisions(), log, count)
      print(await currentRevision(pool))
    })
  },

  async current() {
    await onLive(async (pool) => print(await currentRevision(pool)))
  },

  async history() {
    await onLive(async (pool) => {
      const revisions = await readRevisions()
      const { applied, changed, unknown } = await standingOf(pool, revisions)
      for (const revision of [...revisions, ...unknown]) {
        const row = applied.find(({ number }) => number === revision.number)
        const when = row ? row.applied_at.toISOString() : 'pending'
        const remark = changed.some(({ number }) => number === revision.number)
          ? '  CHANGED since it was applied'
          : unknown.some(({ number }) => number === revision.number)
            ? '  UNKNOWN to this program'
            : ''
        print(`${nameOf(revision)}  ${when}${remark}`)
      }
    })
  },

  async check() {
    await using live = await openLiveDatabase()
    const difference = await withScratch(live.databaseUrl, async (scratch) =>
      schemaDifference(
        live.databaseUrl,
        await wantedDatabase(scratch, modulesFolder),
        await moduleNames(),
      ),
    )
    if (difference.size === 0) return print('The database equals every schema.sql.')
    print('The database differs from schema.sql. These statements would make it equal:')
    for (const statement of [...difference.values()].flat()) print(statement)
    process.exitCode = 1
  },

  async types() {
    await withScratch(readEnv()['DATABASE_URL'], async (scratch) => {
      const wanted = await wantedDatabase(scratch, modulesFolder)
      for (const [module, source] of await tableTypes(wanted, await moduleNames())) {
        const file = path.join(modulesFolder, module, 'adapters', 'tables.ts')
        await writeFile(file, source)
        print(`wrote ${path.relative('', file)}`)
      }
    })
  },

  async reset(args) {
    const { yes } = parseArgs({ args, options: { yes: { type: 'boolean' } } }).values
    if (readEnv()['NODE_ENV'] === 'production') {
      throw startError('`reset` drops everything and is refused with NODE_ENV=production.')
    }
    if (!yes) throw startError('`reset` drops everything; say `reset --yes` if that is meant.')
    await onLive(async (pool) => {
      const schemas = [...(await moduleNames()), 'graphile_worker', 'karcis']
      await pool.query(`drop schema if exists ${schemas.join(', ')} cascade`)
      print(`dropped ${schemas.join(', ')}`)
    })
  },
}

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === '--help' || args.includes('--help')) return print(help)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw startError(`There is no command ${name}; see \`npm run db -- --help\`.`)
  await command(args)
}

async function onLive(work: (pool: pg.Pool) => Promise<void>): Promise<void> {
  await using live = await openLiveDatabase()
  const pool = openPool(live.databaseUrl, 2)
  try {
    await work(pool)
  } finally {
    await pool.end()
  }
}

async function currentRevision(pool: pg.Pool): Promise<string> {
  const { applied, pending, changed, unknown } = await standingOf(pool, await readRevisions())
  const last = applied.at(-1)
  const remarks = [
    ...(pending.length > 0 ? [`${pending.length} pending`] : []),
    ...changed.map((revision) => `${nameOf(revision)} CHANGED since it was applied`),
    ...unknown.map((revision) => `${nameOf(revision)} UNKNOWN to this program`),
  ]
  return [last ? nameOf(last) : 'base', ...remarks].join(', ')
}

function stepCount(sign: '+' | '-', goal: string): number {
  const count =
    goal.startsWith(sign) && /^[1-9]\d{0,3}$/.test(goal.slice(1)) ? Number(goal.slice(1)) : 0
  if (count === 0) throw startError(`${goal} is not a number of revisions, such as ${sign}1.`)
  return count
}

await runCommand(() => main(process.argv.slice(2)))
