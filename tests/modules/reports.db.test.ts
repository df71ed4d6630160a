import assert from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { pino } from 'pino'
import type { Principal } from '../../src/kernel/principal.ts'
import { toPublicId } from '../../src/kernel/id.ts'
import { admissionModule } from '../../src/modules/admission/index.ts'
import { attendeesOf } from '../../src/modules/admission/adapters/queries.ts'
import { ordersOfEvent } from '../../src/modules/booking/adapters/reports.ts'
import { bookingModule, orderSecrets } from '../../src/modules/booking/index.ts'
import { sendCsv } from '../../src/platform/csv.ts'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { newId } from '../../src/platform/ids.ts'
import type { Http } from '../../src/platform/module.ts'
import { ownPages } from '../../src/platform/shared-pages.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { person } from '../support/integration.ts'

let database: TestDatabase
let deskPool: pg.Pool
let http: Http
let url: string

const eventId = newId()
const vip = newId()
const festival = newId()
const organiser = person('ayu', 'organiser')
const others: [string, Principal][] = [
  ['another organiser', person('budi', 'organiser')],
  ['the staff of the event', person('citra', 'staff')],
  ['a buyer', person('dewi', 'buyer')],
]
const [, [, staff]] = others as [unknown, [string, Principal]]

before(async () => {
  database = await createTestDatabase()
  const { pool } = database
  deskPool = new pg.Pool({ connectionString: database.databaseUrl })
  const facts = { organiserId: organiser.userId, timeZone: 'Asia/Jakarta', currency: 'IDR' }
  const catalog = {
    findEvent: async (id: string) => (id === eventId ? facts : undefined),
    async roleAt(id: string, userId: string) {
      if (id !== eventId) return undefined
      if (userId === staff.userId) return 'staff' as const
      return userId === organiser.userId ? ('organiser' as const) : undefined
    },
  }
  const admission = admissionModule({
    pool,
    booking: { findOrder: async () => undefined },
    secrets: { opens: () => false },
    catalog,
    clock: () => new Date(),
    checkInRetentionDays: 1,
    ticketSigningSeed: new Uint8Array(32),
  })
  const booking = bookingModule({
    pool,
    pages: ownPages,
    deskPool,
    log: pino({ level: 'silent' }),
    catalog,
    payment: {
      methods: () => [],
      paymentsOf: async () => [],
      refundsOf: async () => [],
      timelineOf: async () => [],
    },
    admission: admission.api,
    notification: { timelineOf: async () => [] },
    redemptionsOf: admission.api.redemptionsOf,
    holdSeconds: 900,
    secrets: orderSecrets(new Uint8Array(32)),
    catalogRefreshSeconds: 3,
  })
  http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: '0',
    authenticate: async ({ headers }) => JSON.parse(String(headers.authorization)) as Principal,
  })
  booking.routes(http)
  admission.routes(http)
  await http.listen({ port: 0, host: '127.0.0.1' })
  url = http.listeningOrigin
  await someOrders()
})
after(async () => {
  await http.close()
  await deskPool.end()
  await database[Symbol.asyncDispose]()
})

type Row = { status: string; placedAt: string; items: [typeId: string, quantity: number][] }

/** Orders of the event; a VIP ticket is 300, one of the festival 100. */
async function someOrders(): Promise<void> {
  const orders: Row[] = [
    // 23:30 and 00:30 in Jakarta: two days there, one day elsewhere.
    {
      status: 'paid',
      placedAt: '2026-11-20T16:30:00Z',
      items: [
        [vip, 2],
        [festival, 1],
      ],
    },
    { status: 'paid', placedAt: '2026-11-20T17:30:00Z', items: [[festival, 4]] },
    { status: 'pending', placedAt: '2026-11-20T17:40:00Z', items: [[festival, 3]] },
    { status: 'expired', placedAt: '2026-11-20T17:50:00Z', items: [[vip, 1]] },
    { status: 'cancelled', placedAt: '2026-11-20T17:50:00Z', items: [[vip, 2]] },
    { status: 'refunding', placedAt: '2026-11-20T18:00:00Z', items: [[vip, 1]] },
    { status: 'refunded', placedAt: '2026-11-20T18:00:00Z', items: [[vip, 1]] },
    { status: 'refund_due', placedAt: '2026-11-20T18:00:00Z', items: [[vip, 1]] },
  ]
  for (const { status, placedAt, items } of orders) {
    const described = items.map(([ticketTypeId, quantity]) => ({
      ticketTypeId,
      name: ticketTypeId === vip ? 'VIP' : 'Festival',
      quantity,
      unitPrice: ticketTypeId === vip ? 300 : 100,
      seatsPerRow: ticketTypeId === vip ? 10 : null,
      seats: ticketTypeId === vip ? Array.from({ length: quantity }, (_, i) => i + 1) : [],
    }))
    await addOrder(eventId, status, placedAt, described)
  }
  // Another event's orders are nobody's business here.
  await addOrder(newId(), 'paid', '2026-11-20T16:30:00Z', [
    { ticketTypeId: vip, name: 'VIP', quantity: 9, unitPrice: 300, seatsPerRow: null, seats: [] },
  ])
  const [redeemed, valid, revoked] = [newId(), newId(), newId()]
  const orderId = newId()
  await database.pool.query(
    `insert into admission.orders (id, event_id, issued_at, snapshot) values ($1, $2, now(), $3)`,
    [orderId, eventId, { buyer: { email: 'sari@karcis.test', phone: '+62 812 000' } }],
  )
  for (const [i, id] of [redeemed, valid, revoked].entries()) {
    await database.pool.query(
      `insert into admission.tickets (id, order_id, event_id, ticket_type_id, ticket_type_name,
         ordinal, seat, holder_name, revoked, redeemed_at, issued_at)
       values ($1, $2, $3, $4, 'VIP', $5, $6, '=cmd|calc', $7, $8, '2026-11-20T16:31:00Z')`,
      [
        id,
        orderId,
        eventId,
        vip,
        i + 1,
        `A${i + 1}`,
        i === 2,
        i === 0 ? '2026-12-12T17:10:00Z' : null,
      ],
    )
  }
}

async function addOrder(event: string, status: string, placedAt: string, items: object[]) {
  await database.pool.query(
    `insert into booking.orders (id, event_id, status, buyer_name, buyer_email, buyer_phone,
       buyer_locale, items, quantity, total, currency, hold_seconds, expires_at, placed_at)
     select $1, $2, $3, '=HYPERLINK("https://e.example","Sari, Dewi")', 'sari@karcis.test',
       '+62 812 000', 'id', $4, sum((i ->> 'quantity')::int),
       sum((i ->> 'quantity')::int * (i ->> 'unitPrice')::int), 'IDR', 900, $5, $5
     from jsonb_array_elements($4) i`,
    [newId(), event, status, JSON.stringify(items), placedAt],
  )
}

const get = (report: string, as: Principal, event = eventId) =>
  fetch(`${url}/events/${toPublicId('event', event)}/reports/${report}`, {
    headers: { authorization: JSON.stringify(as) },
  })

type Report = {
  timeZone: string
  currency: string
  rows: Record<string, unknown>[]
  totals: Record<string, number>
}

test('sales are counted per ticket type and day of the event’s time zone', async () => {
  const response = await get('sales', organiser)
  assert.equal(response.status, 200)
  const { timeZone, currency, rows, totals } = (await response.json()) as Report
  assert.deepEqual([timeZone, currency], ['Asia/Jakarta', 'IDR'])
  const figures = (row: Record<string, unknown>) => [
    ...[row['day'], row['name'], row['sold'], row['held'], row['cancelled'], row['refunded']],
    ...[row['gross'], row['refundedAmount'], row['net'], row['redeemed']],
  ]
  // prettier-ignore
  assert.deepEqual(rows.map(figures), [
    // day, type, sold, held, cancelled, refunded, gross, given back, net, redeemed
    ['2026-11-20', 'Festival', 1, 0, 0, 0,  100,   0, 100, 0],
    ['2026-11-20', 'VIP',      2, 0, 0, 0,  600,   0, 600, 0],
    ['2026-11-21', 'Festival', 4, 3, 0, 0,  400,   0, 400, 0],
    ['2026-11-21', 'VIP',      0, 0, 3, 3,  900, 900,   0, 0],
    ['2026-12-13', 'VIP',      0, 0, 0, 0,    0,   0,   0, 1],
  ])
  assert.partialDeepStrictEqual(totals, { sold: 7, gross: 2_000, net: 1_100, redeemed: 1 })
  assert.equal(rows[1]?.['ticketTypeId'], `tickettype-${vip}`)
})

test('orders are exported with their items, and no cell is a formula', async () => {
  const response = await get('orders.csv', organiser)
  assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8')
  assert.equal(response.headers.get('content-disposition'), 'attachment; filename="orders.csv"')
  const [header, ...lines] = (await response.text()).split('\r\n')
  assert.equal(
    header,
    'order_id,placed_at,status,buyer_name,buyer_email,buyer_phone,tickets,items,total,currency',
  )
  assert.equal(lines.pop(), '')
  assert.equal(lines.length, 8)
  const mixed = lines.find((line) => line.includes('Festival') && line.includes('VIP'))
  assert.match(
    mixed ?? '',
    /^order-[-0-9a-f]{36},2026-11-20T16:30:00.000Z,paid,"'=HYPERLINK\(""https:\/\/e.example"",""Sari, Dewi""\)",sari@karcis.test,'\+62 812 000,3,"2 × VIP \(A1, A2\); 1 × Festival",700,IDR$/,
  )
})

test('attendees are exported with what became of their tickets', async () => {
  const response = await get('attendees.csv?bom=true', organiser)
  const bytes = Buffer.from(await response.arrayBuffer())
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf])
  const [header, ...lines] = bytes.subarray(3).toString('utf8').split('\r\n')
  assert.equal(header?.split(',').length, 10)
  const told = lines.slice(0, -1).map((line) => line.split(',').slice(2))
  const rest = ["'=cmd|calc", 'sari@karcis.test', "'+62 812 000"]
  const issued = '2026-11-20T16:31:00.000Z'
  assert.deepEqual(told.sort(), [
    ['VIP', 'A1', ...rest, 'redeemed', issued, '2026-12-12T17:10:00.000Z'],
    ['VIP', 'A2', ...rest, 'valid', issued, ''],
    ['VIP', 'A3', ...rest, 'revoked', issued, ''],
  ])
})

describe('a report is for the organiser of its event and administrators:', () => {
  for (const report of ['sales', 'orders.csv', 'attendees.csv']) {
    for (const [who, caller] of others) {
      test(`${report} is not for ${who}`, async () => {
        assert.equal((await get(report, caller)).status, 404)
      })
    }
    test(`${report} is for an administrator`, async () => {
      assert.equal((await get(report, person('admin', 'admin'))).status, 200)
    })
    test(`${report} needs an account`, async () => {
      const event = toPublicId('event', eventId)
      assert.equal((await fetch(`${url}/events/${event}/reports/${report}`)).status, 401)
    })
  }
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What is really kept, and not what waits to be collected. */
function bytesInUse(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('of many', () => {
  const many = newId()
  const count = 100_000
  const admin = person('admin', 'admin')

  /** Reads with a chunk's size of each answer noted, and every id once. */
  async function read(rowsOf: (pool: pg.Pool) => AsyncIterable<{ id: string }[]>) {
    const sizes: number[] = []
    const query = async (...args: [string, unknown[]]) => {
      const result = await database.pool.query(...args)
      sizes.push(result.rows.length)
      return result
    }
    const ids = new Set<string>()
    for await (const rows of rowsOf({ query } as unknown as pg.Pool)) {
      for (const { id } of rows) {
        assert.ok(!ids.has(id), 'no row twice')
        ids.add(id)
      }
    }
    return { sizes, distinct: ids.size }
  }

  before(async () => {
    await database.pool.query(
      `insert into booking.orders (id, event_id, status, buyer_name, buyer_email, buyer_locale,
         items, quantity, total, currency, hold_seconds, expires_at, placed_at)
       select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, 'paid', 'Sari',
         n / 3 || '@karcis.test', 'id', '[]', 1, 100, 'IDR', 900, now(), now()
       from generate_series(1, $2::int) n`,
      [many, count],
    )
    await database.pool.query(
      `with made as (
         insert into admission.orders (id, event_id, issued_at, snapshot)
         values (gen_random_uuid(), $1, now(), '{"buyer":{"email":"a@b.test","phone":null}}')
         returning id
       )
       insert into admission.tickets (id, order_id, event_id, ticket_type_id, ticket_type_name,
         ordinal, holder_name, issued_at)
       select gen_random_uuid(), made.id, $1, (array[$2, $3]::uuid[])[1 + n % 2], 'VIP', n, 'Sari',
         now()
       from made, generate_series(1, 2500) n`,
      [many, vip, festival],
    )
  })

  test('orders, a hundred thousand, the export grows no memory to speak of', async () => {
    const before = bytesInUse()
    let most = 0
    let lines = 0
    let nextLook = 0
    const response = await get('orders.csv', admin, many)
    assert(response.body)
    for await (const bytes of response.body) {
      for (const byte of bytes) if (byte === 10) lines += 1
      if (lines < nextLook) continue
      nextLook += 10_000
      most = Math.max(most, bytesInUse() - before)
    }
    assert.equal(lines, count + 1)
    assert.ok(most < 10 * 1024 * 1024, `${most} bytes more`)
  })

  test('orders and tickets each is read once, some at a time', async () => {
    const tickets = await read((pool) => attendeesOf(pool, many))
    assert.deepEqual(tickets, { sizes: [1_000, 1_000, 500], distinct: 2_500 })
    const orders = await read((pool) => ordersOfEvent(pool, many, 30_000))
    assert.deepEqual(orders, { sizes: [30_000, 30_000, 30_000, 10_000], distinct: count })
  })
})

test('an export that the server ends is seen to be cut off', async () => {
  const own = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: '0',
    authenticate: async () => undefined,
  })
  async function* endless() {
    for (;;) {
      yield [['x'.repeat(1_000)]]
      await new Promise((done) => setImmediate(done))
    }
  }
  own.get('/endless', { schema: { hide: true } }, (request, reply) =>
    sendCsv(request, reply, 'a.csv', { header: ['a'], chunks: endless(), withMark: false }),
  )
  await own.listen({ port: 0, host: '127.0.0.1' })
  const response = await fetch(`${own.listeningOrigin}/endless`)
  const reading = assert.rejects(response.text())
  await own.close()
  await reading
})
