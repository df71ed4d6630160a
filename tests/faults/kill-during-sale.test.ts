import assert from 'node:assert'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { kill } from '../../bench/processes.ts'
import { runningDatabaseUrl } from '../../src/platform/embedded-postgres.ts'
import { processesOf, startProgram, type Program } from '../support/program.ts'
import {
  becomes,
  furnish,
  leaveNothing,
  logIn,
  ok,
  onSale,
  payAt,
  payPageOf,
  placeToPay,
  send,
  ticketsOf,
  until,
  verified,
  wanted,
  type Answer,
  type Caller,
  type Order,
  type ShopEvent,
} from '../support/shop.ts'

const buyersCount = 100
/** Every so many buyers ask for payment at once, so that messages are under way as well. */
const payingEvery = 10

let folder: string
let dataDir: string
let program: Program
let nobody: Caller
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'karcis-kill-'))
  dataDir = path.join(folder, 'data')
  await furnish(dataDir)
  await start()
})
after(async () => {
  process.kill(program.pid, 'SIGTERM')
  await program.ended
  await leaveNothing(folder)
})

async function start(): Promise<void> {
  program = startProgram(dataDir)
  nobody = { url: await program.ready, headers: {} }
}

const kills = {
  'the program': async () => [program.pid],
  'the program, its worker and PostgreSQL': () => processesOf(dataDir),
}

for (const [what, victims] of Object.entries(kills)) {
  test(`no order is lost when ${what} is killed in the middle of a sale`, async (t) => {
    const event = await newSale()
    const { acknowledged, lost, over } = sale(event)
    await until(
      async () => acknowledged.length,
      (count) => count > 2 * buyersCount,
    )
    for (const pid of await victims()) kill(pid, 'SIGKILL')
    await over
    await program.ended
    t.diagnostic(`${acknowledged.length} orders answered, ${lost.length} answers lost`)
    assert(lost.length > 0, 'it was in the middle')

    await start()
    await inParallel(acknowledged, async ({ answered }) => {
      const { id, secret } = answered
      const found = await ok(send<Order>(nobody, `GET /v1/orders/${id}?secret=${secret}`))
      assert.deepEqual(lasting(found), lasting(answered))
    })

    const unheard = (await ordersOf(event)) - acknowledged.length
    t.diagnostic(`${unheard} of the lost ones were placed`)
    // Whoever heard nothing asks again, and again to be sure.
    await inParallel(lost, async (request) => {
      const [first, second] = [await ok(request.send()), await ok(request.send())]
      assert.equal(first.id, second.id)
    })
    const requests = acknowledged.length + lost.length
    assert.equal(await ordersOf(event), requests, 'one order for each request, and no other')
    const { kept, printed } = verified(dataDir)
    assert(kept, printed)

    // What those asked for who wanted to pay at once is done, whoever was told of it.
    await until(
      () => ordersWithoutInstructions(event),
      (count) => count === 0,
    )
    await buyOne(event)
  })
}

/** An event that nobody can sell out in the time: numbered seats and a field. */
async function newSale(): Promise<ShopEvent> {
  const organiser = await logIn(nobody, 'organiser@karcis.test', 'karcis-demo')
  const ticketTypes = [
    { name: 'Tribun', unitPrice: 100_000, capacity: 50_000, seatsPerRow: 100 },
    { name: 'Festival', unitPrice: 50_000, capacity: 100_000 },
  ]
  return onSale({ organiser }, {}, { ticketTypes })
}

type Request = { send(): Promise<Answer<Order>> }
type Acknowledged = Request & { answered: Order }

/** Buyers who place one order after another until the shop no longer answers. */
function sale(event: ShopEvent) {
  const acknowledged: Acknowledged[] = []
  const lost: Request[] = []
  const buyer = async (number: number) => {
    for (let count = 1; ; count++) {
      const request = requestOf(event, number, count)
      const answer = await request.send().catch(() => undefined)
      // An answer of 500 says no more about the order than none.
      if (!answer || answer.status >= 500) return void lost.push(request)
      acknowledged.push({ ...request, answered: await ok(Promise.resolve(answer)) })
    }
  }
  const over = Promise.all(Array.from({ length: buyersCount }, (_, number) => buyer(number)))
  return { acknowledged, lost, over }
}

function requestOf(event: ShopEvent, number: number, count: number): Request {
  const [tribune, field] = event.ticketTypes
  const body = {
    ...wanted(event),
    items: [
      { ticketTypeId: tribune?.id, quantity: 1 + (count % 2) },
      { ticketTypeId: field?.id, quantity: 1 },
    ],
    buyer: { name: `Pembeli ${number}`, email: `pembeli-${number}@example.test` },
    ...(number % payingEvery === 0 && { payment: { method: 'invoice' } }),
  }
  const key = { 'idempotency-key': `${event.id} ${number} ${count}`.replaceAll(' ', '/') }
  return { send: () => send(nobody, 'POST /v1/orders', body, key) }
}

/** An order without what changes by itself: time, and the instructions once they are there. */
function lasting({ id, eventId, status, items, total, currency, buyer, placedAt, payment }: Order) {
  return { id, eventId, status, items, total, currency, buyer, placedAt, paymentId: payment?.id }
}

async function inParallel<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const worker = async () => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: 50 }, worker))
}

const ordersOf = (event: ShopEvent) =>
  countOf('select from booking.orders where event_id = $1', event)

const ordersWithoutInstructions = (event: ShopEvent) =>
  countOf(
    `select from booking.orders where event_id = $1 and payment is not null
     and payment -> 'instructions' = 'null'`,
    event,
  )

async function countOf(select: string, event: ShopEvent): Promise<number> {
  const client = new pg.Client({ connectionString: await runningDatabaseUrl(dataDir) })
  await client.connect()
  try {
    return (await client.query(select, [event.id.replace('event-', '')])).rowCount ?? 0
  } finally {
    await client.end()
  }
}

async function buyOne(event: ShopEvent): Promise<void> {
  const buyer = { name: 'Sari Dewi', email: 'sari@example.test' }
  const order = await placeToPay(nobody, event, { buyer })
  const guest = { ...nobody, headers: { 'x-order-secret': order.secret } }
  await payAt(payPageOf(order))
  await becomes(guest, order, 'paid')
  assert.equal((await ticketsOf(guest, order)).length, 1)
}
