import assert from 'node:assert'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { runningDatabaseUrl } from '../../src/platform/embedded-postgres.ts'
import { processesOf, startProgram, survivorsOf } from '../support/program.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65_534

let temporary: string
/** One database for most of the tests, as one user has it through a bad day. */
let dataDir: string
before(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'karcis-start-'))
  dataDir = path.join(temporary, 'data')
})
afterEach(async () => {
  const survivors = await survivorsOf(temporary)
  for (const pid of survivors) process.kill(pid, 'SIGKILL')
  assert.deepEqual(survivors, [], 'every process is gone')
})
after(() => rm(temporary, { recursive: true, force: true }))

/** Where it does not matter that the worker is a process of its own. */
const inOneProcess = { env: { WORKER: 'inline' } }

async function onDatabase<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: await runningDatabaseUrl(dataDir) })
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

const status = async (url: string) => (await fetch(url)).status

test('starts on an empty folder and stops at Ctrl-C, with nothing left running', async () => {
  const program = startProgram(dataDir)
  const url = await program.ready
  assert.equal(await status(`${url}/livez`), 200)
  assert.equal(await status(`${url}/readyz`), 200)
  assert.equal((await processesOf(temporary)).length > 3, true, 'with a worker and PostgreSQL')
  await onDatabase('create table public.kept as select 1 as n')

  program.interrupt()
  assert.deepEqual([(await program.ended).code, (await program.ended).errors], [0, ''])
})

test('keeps its keys for itself', async () => {
  const key = path.join(dataDir, 'keys', 'ACCESS_TOKEN_KEY')
  assert.equal((await readFile(key, 'utf8')).length, 43)
  assert.equal(spawnSync('stat', ['-c', '%a', key]).stdout.toString().trim(), '600')
})

test('finds its data again, and answers what is under way before it stops at SIGTERM', async () => {
  const program = startProgram(dataDir, inOneProcess)
  const { port } = new URL(await program.ready)
  assert.deepEqual(await onDatabase('select n from public.kept'), [{ n: 1 }])

  const socket = connect(Number(port), '127.0.0.1')
  socket.write('POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n')
  socket.write('content-length: 2\r\n\r\n{')
  await sleep(200)
  process.kill(program.pid, 'SIGTERM')
  await sleep(200)
  socket.write('}')
  assert.match(String(await once(socket, 'data')), /HTTP\/1.1 404/)
  assert.deepEqual([(await program.ended).code, (await program.ended).errors], [0, ''])
})

test('ends at once at a second Ctrl-C', async () => {
  const program = startProgram(dataDir, inOneProcess)
  const { port } = new URL(await program.ready)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write('POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{')
  await sleep(200)
  program.interrupt()
  await sleep(600)
  assert.deepEqual(program.log.at(-1)?.['msg'], 'stopping; once more ends at once')
  program.interrupt()
  assert.equal((await program.ended).code, 130)
})

test('starts again after it was killed, beside an orphaned PostgreSQL or without', async () => {
  const killed = startProgram(dataDir)
  await killed.ready
  await onDatabase('insert into public.kept values (2)')
  process.kill(killed.pid, 'SIGKILL')
  await killed.ended

  const again = startProgram(dataDir)
  await again.ready
  assert.deepEqual(await onDatabase('select n from public.kept'), [{ n: 1 }, { n: 2 }])
  await onDatabase('insert into public.kept values (3)')
  for (const pid of await processesOf(temporary)) process.kill(pid, 'SIGKILL')
  await again.ended

  // The stale pid file now names a process that is alive and nothing to do with PostgreSQL.
  const pidFile = path.join(dataDir, 'postgres', 'postmaster.pid')
  const stale = await readFile(pidFile, 'utf8')
  await writeFile(pidFile, stale.replace(/^\d+/, String(process.pid)))

  const program = startProgram(dataDir)
  await program.ready
  assert.equal((await onDatabase('select n from public.kept')).length, 3)
  program.interrupt()
  assert.equal((await program.ended).code, 0)
})

test('stops when npm is told to, and starts again at once', async () => {
  const shell = startProgram(dataDir, { env: { npm_lifecycle_event: 'start' }, throughShell: true })
  await shell.ready
  process.kill(shell.pid, 'SIGTERM')
  await shell.ended

  const program = startProgram(dataDir, inOneProcess)
  await program.ready
  program.interrupt()
  assert.equal((await program.ended).code, 0)
})

test('starts its worker again when that dies, and leaves its data folder to nobody else', async () => {
  const program = startProgram(dataDir)
  const url = await program.ready
  const list = spawnSync('ps', ['-o', 'pid=', '--ppid', String(program.pid)]).stdout.toString()
  const children = list.trim().split(/\s+/).map(Number)
  const commands = children.map((pid) => spawnSync('ps', ['-o', 'command=', '-p', `${pid}`]))
  const worker = children[commands.findIndex(({ stdout }) => `${stdout}`.includes('start.mjs'))]
  assert(worker)
  process.kill(worker, 'SIGKILL')
  await sleep(200)
  assert.match(String(program.log.at(-1)?.['msg']), /worker process ended; again in 0.25 s/)
  await sleep(1_200)
  assert.match(
    spawnSync('ps', ['-o', 'command=', '--ppid', `${program.pid}`]).stdout.toString(),
    /start.mjs worker/,
  )

  const said = await refusal(startProgram(dataDir))
  assert.match(said, new RegExp(`is in use by another Karcis \\(process ${program.pid}\\)`))
  assert.equal(await status(`${url}/readyz`), 200)
  program.interrupt()
  assert.equal((await program.ended).code, 0)
})

test(
  'answers from several processes on one port',
  { skip: process.platform !== 'linux' && 'only Linux has several processes on one port' },
  async () => {
    const program = startProgram(dataDir, { env: { API_PROCESSES: '2', WORKER: 'inline' } })
    const url = await program.ready
    await sleep(1_500)
    for (let i = 0; i < 10; i++) assert.equal(await status(`${url}/readyz`), 200)
    program.interrupt()
    assert.deepEqual([(await program.ended).code, (await program.ended).errors], [0, ''])
  },
)

const isOneSentence = /^[^\n]+\.\n$/

async function refusal(program: ReturnType<typeof startProgram>): Promise<string> {
  const { code, errors } = await program.ended
  assert.equal(code, 1)
  assert.match(errors, isOneSentence)
  return errors
}

test('refuses a port that is taken, before it makes a database', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const port = String((other.address() as AddressInfo).port)
  const folder = path.join(temporary, 'unused')
  assert.match(
    await refusal(startProgram(folder, { env: { PORT: port } })),
    new RegExp(`^Port ${port} of 127.0.0.1 is taken`),
  )
  other.close()
})

/** A clone in a private folder of root's is of no use to another user. */
const mayOtherUserRun = (): boolean =>
  spawnSync(process.execPath, ['--version'], { uid: nobody, gid: nobody }).status === 0

test('refuses a data folder that cannot be written', async (t) => {
  if (isRoot && !mayOtherUserRun())
    return t.skip('no other user may enter the folder of this clone')
  await chmod(temporary, 0o755)
  const folder = path.join(temporary, 'closed')
  await mkdir(folder, { mode: 0o555 })
  const said = await refusal(startProgram(folder, isRoot ? { uid: nobody } : {}))
  assert.match(said, /^The data folder .+ cannot be written \(EACCES\)/)
})

test('refuses a data folder that is a file', async () => {
  const file = path.join(temporary, 'file')
  await writeFile(file, '')
  assert.match(await refusal(startProgram(file)), /is not a folder/)
})

test('refuses wrong settings and unknown arguments with a sentence', async () => {
  const [port, argument, database] = await Promise.all([
    refusal(startProgram(dataDir, { env: { PORT: 'abc' } })),
    refusal(startProgram(dataDir, { args: ['--port'] })),
    refusal(startProgram(dataDir, { env: { DATABASE_URL: 'nonsense' } })),
  ])
  assert.match(port, /^PORT is "abc"; it must be a whole number/)
  assert.match(argument, /^Karcis knows --help and services, not --port/)
  assert.match(database, /^DATABASE_URL is not acceptable; it must be/)
})

test('says that the disk is full', async (t) => {
  const disk = path.join(temporary, 'disk')
  await mkdir(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', disk]).status !== 0) {
    return t.skip('this user cannot mount a small disk to fill')
  }
  try {
    assert.match(await refusal(startProgram(path.join(disk, 'data'))), /^The disk is full/)
  } finally {
    spawnSync('umount', [disk])
  }
})

test('runs as an ordinary user', { skip: !isRoot && 'the other tests do' }, async (t) => {
  if (!mayOtherUserRun()) return t.skip('no other user may enter the folder of this clone')
  const home = path.join(temporary, 'home')
  await mkdir(home)
  await chown(home, nobody, nobody)
  const program = startProgram(path.join(home, 'data'), { uid: nobody, ...inOneProcess })
  assert.equal(await status(`${await program.ready}/readyz`), 200)
  program.interrupt()
  assert.deepEqual([(await program.ended).code, (await program.ended).errors], [0, ''])
})
