import assert from 'node:assert'
import bcrypt from 'bcryptjs'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { orderDesk } from '../../src/modules/booking/adapters/order-desk.ts'
import { postgresOrderBook } from '../../src/modules/booking/adapters/order-book.ts'
import { listSeats } from '../../src/modules/booking/adapters/queries.ts'
import { advanceOrder } from '../../src/modules/booking/use-cases/advance-order.ts'
import { singleRow } from '../../src/modules/catalog/contract.ts'
import { anOrder, onSale, openDeskPool } from '../support/booking.ts'
import { worldKeys } from '../support/contract-world.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { ask } from '../support/foreign.ts'
import { startProgram } from '../support/program.ts'
import { leaveNothing } from '../support/shop.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database[Symbol.asyncDispose]())

test('Creating an event makes its seats, Seat-1 … Seat-N, in one statement; also rows × columns', async () => {
  const capacity = 5_000
  const offer = await onSale(database.pool, {}, [
    { capacity, seatsPerRow: singleRow },
    { capacity: 6, seatsPerRow: 3 },
  ])
  const [row, hall] = offer.ticketTypes.map(({ ticketTypeId }) => ticketTypeId)
  const labels = async (id = '') =>
    (await listSeats(database.pool, offer.eventId, id))?.map(({ label }) => label)
  const seats = Array.from({ length: capacity }, (_, i) => `Seat-${i + 1}`)
  assert.deepEqual(await labels(row), seats)
  assert.deepEqual(await labels(hall), ['A1', 'A2', 'A3', 'B1', 'B2', 'B3'])
  // A row knows the transaction that wrote it, and which of its commands.
  const { rows } = await database.pool.query(
    'select distinct xmin, cmin from booking.seats where event_id = $1',
    [offer.eventId],
  )
  assert.equal(rows.length, 1)
})

test('A booking takes free seats under row locks; too few: all or nothing; cancelling sets them free', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 20, seatsPerRow: singleRow }])
  const [{ ticketTypeId } = { ticketTypeId: '' }] = offer.ticketTypes
  const pools = [1, 2].map(() => openDeskPool(database.databaseUrl))
  // Two processes that know nothing of each other.
  const desks = pools.map((pool) =>
    orderDesk({
      pool,
      ordersPerBatchMax: 5,
      waitingMax: 1_000,
      waitMillisMax: 60_000,
      eventsRememberedMax: 10,
      onSoldOut: () => {},
    }),
  )
  const items = [{ ticketTypeId, quantity: 3 }]
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => desks[i % 2]!.place(anOrder(offer, { items }))),
  )
  await Promise.all(pools.map((pool) => pool.end()))
  const won = answers.flatMap((answer) => (answer.ok ? [answer.value] : []))
  const taken = won.flatMap(({ items }) => items.flatMap(({ seats }) => seats))
  assert.equal(won.length, 6)
  assert.equal(new Set(taken).size, 18)

  const free = async () =>
    (await listSeats(database.pool, offer.eventId, ticketTypeId))?.filter((seat) => seat.free)
  assert.equal((await free())?.length, 2)
  const orders = postgresOrderBook(database.pool)
  await advanceOrder({ orders }, won[0]!.id, { type: 'cancel', by: 'buyer' })
  assert.equal((await free())?.length, 5)
})

const passwordHash = bcrypt.hashSync('rahasia sekali', 4)

test('Users: unique e-mail (case-insensitive), hashed passwords, bcrypt hashes of imported users', async () => {
  const lines = [
    { name: 'Sari', email: 'Sari@Example.com', passwordHash },
    { name: 'Sari', email: 'sari@example.com', passwordHash },
    { name: 'Budi', email: 'budi@example.com', passwordHash: 'in the clear' },
    { name: 'Tia', email: 'tia@example.com' },
    { name: 'Nobody' },
  ]
  assert.deepEqual(await imported(lines), {
    status: 1,
    said: 'line 2: email-taken\nline 3: unknown-hash\nline 5: not a user\n2 of 5 imported.\n',
  })
  const { rows } = await database.pool.query('select email, password_hash from identity.users')
  assert.deepEqual(rows.sort(), [
    { email: 'Sari@Example.com', password_hash: passwordHash },
    { email: 'tia@example.com', password_hash: null },
  ])
})

function run(name: string, args: string[], more: Record<string, string> = {}) {
  const command = path.resolve(import.meta.dirname, `../../src/commands/${name}.ts`)
  const { NODE_COMPILE_CACHE = '' } = process.env
  const env = { PATH: '/usr/bin:/bin', NODE_COMPILE_CACHE, DATABASE_URL: database.databaseUrl }
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    env: { ...env, ...more },
  })
  return { status, said: `${stdout}${stderr}` }
}

async function imported(users: object[]) {
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-users-'))
  const file = path.join(folder, 'users.jsonl')
  await writeFile(file, users.map((user) => JSON.stringify(user)).join('\n'))
  const answer = run('users', ['import', file])
  await rm(folder, { recursive: true })
  return answer
}

const db = (line: string, more?: Record<string, string>) => run('db', line.split(' '), more)

async function tableCount(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::int as count from pg_tables where schemaname in ('identity', 'booking')`,
  )
  return Number(rows[0]?.count)
}

describe('npm run db', () => {
  test('reset --yes drops everything; refused without --yes, and in production', async () => {
    for (const refused of [db('reset'), db('reset --yes', { NODE_ENV: 'production' })]) {
      assert.notEqual(refused.status, 0)
      assert.match(refused.said, /`reset` drops everything/)
    }
    assert.ok((await tableCount()) > 0)
    assert.equal(db('reset --yes').status, 0)
    assert.equal(await tableCount(), 0)
  })

  test('upgrade [head|+n], downgrade [-n|base], current and history lead up, down and up again', async () => {
    const none = db('current').said
    assert.match(db('history').said, /pending/)
    assert.equal(db('upgrade +1').status, 0)
    const one = db('current').said
    assert.notEqual(one, none)
    assert.ok((await tableCount()) > 0)
    assert.equal(db('downgrade -1').status, 0)
    assert.equal(db('current').said, none)
    assert.equal(await tableCount(), 0)
    assert.equal(db('upgrade head').status, 0)
    assert.doesNotMatch(db('history').said, /pending/)
    assert.equal(db('downgrade base').status, 0)
    assert.equal(db('current').said, none)
    for (const wrong of ['upgrade 1', 'upgrade +x', 'downgrade +1', 'upgrade base', 'sideways']) {
      assert.notEqual(db(wrong).status, 0, wrong)
    }
    assert.equal(await tableCount(), 0)
  })

  test('check tells a database that equals every schema.sql from one that does not', async () => {
    assert.equal(db('check').status, 1)
    assert.equal(db('upgrade').status, 0)
    assert.deepEqual(db('check'), {
      status: 0,
      said: 'The database equals every schema.sql.\n',
    })
    await database.pool.query('alter table identity.users add column nickname text')
    const { status, said } = db('check')
    assert.equal(status, 1)
    assert.match(said, /drop column.*nickname/)
    await database.pool.query('alter table identity.users drop column nickname')
  })
})

describe('npm start', () => {
  let folder: string
  const start = (more: Record<string, string> = {}) =>
    startProgram(path.join(folder, 'data'), {
      env: { DATABASE_URL: database.databaseUrl, ...worldKeys, ...more },
    })
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'karcis-foreign-'))
  })
  after(() => leaveNothing(folder))

  test('refuses a foreign database that is behind, and says what to do', async () => {
    assert.equal(db('downgrade base').status, 0)
    const { code, errors } = await start().ended
    assert.notEqual(code, 0)
    assert.match(errors, /The database lacks \d+ of our revisions; run `npm run db -- upgrade`/)
    assert.equal(await tableCount(), 0)
  })

  test('upgrades it with MIGRATE=auto; an imported user logs in, whose hash is bcrypt', async () => {
    const program = start({ MIGRATE: 'auto' })
    const url = await program.ready
    const nobody = { url, headers: {} }
    const email = 'Sari@Example.com'
    assert.equal((await imported([{ name: 'Sari', email, passwordHash }])).status, 0)
    const login = (password: string) =>
      ask(nobody, 'POST /login', { email: email.toLowerCase(), password })
    assert.equal((await login('bukan ini')).status, 401)
    for (let times = 0; times < 2; times++)
      assert.equal((await login('rahasia sekali')).status, 200)
    const { rows } = await database.pool.query<{ password_hash: string }>(
      'select password_hash from identity.users where email = $1',
      [email],
    )
    assert.match(String(rows[0]?.password_hash), /^\$argon2id\$/)
    const account = { name: 'S', email: email.toLowerCase(), password: 'rahasia sekali' }
    assert.equal((await ask(nobody, 'POST /register', account)).status, 409)
    process.kill(program.pid, 'SIGTERM')
    const { code, errors } = await program.ended
    assert.deepEqual({ code, errors }, { code: 0, errors: '' })
  })
})
