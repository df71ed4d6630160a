import assert from 'node:assert'
import bcrypt from 'bcryptjs'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { orderDesk } from '../../src/modules/booking/adapters/order-desk.ts'
import { postgresOrderBook } from '../../src/modules/booking/adapters/order-book.ts'
import { listSeats } from '../../src/modules/booking/adapters/queries.ts'
import { advanceOrder } from '../../src/modules/booking/use-cases/advance-order.ts'
import { singleRow } from '../../src/modules/catalog/contract.ts'
import { anOrder, onSale, openDeskPool } from '../support/booking.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

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

test('Users: unique e-mail (case-insensitive), hashed passwords, bcrypt hashes of imported users', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-users-'))
  const file = path.join(folder, 'users.jsonl')
  const passwordHash = await bcrypt.hash('rahasia sekali', 4)
  const lines = [
    { name: 'Sari', email: 'Sari@Example.com', passwordHash },
    { name: 'Sari', email: 'sari@example.com', passwordHash },
    { name: 'Budi', email: 'budi@example.com', passwordHash: 'in the clear' },
    { name: 'Tia', email: 'tia@example.com' },
    { name: 'Nobody' },
  ]
  await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'))
  const command = path.resolve(import.meta.dirname, '../../src/commands/users.ts')
  const env = { PATH: '/usr/bin:/bin', DATABASE_URL: database.databaseUrl }
  const { status, stdout } = spawnSync(process.execPath, [command, 'import', file], { env })
  await rm(folder, { recursive: true })
  assert.equal(
    String(stdout),
    'line 2: email-taken\nline 3: unknown-hash\nline 5: not a user\n2 of 5 imported.\n',
  )
  assert.equal(status, 1)
  const { rows } = await database.pool.query('select email, password_hash from identity.users')
  assert.deepEqual(rows.sort(), [
    { email: 'Sari@Example.com', password_hash: passwordHash },
    { email: 'tia@example.com', password_hash: null },
  ])
})
