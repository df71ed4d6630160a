import assert from 'node:assert'
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Static } from 'typebox'
import type { checkInReply, ticketsReply } from '../../src/modules/admission/adapters/schemas.ts'
import type {
  PlaceOrderBody,
  placedOrderReply,
} from '../../src/modules/booking/adapters/http/order-schemas.ts'
import type {
  eventBody,
  eventReply,
  ticketTypeBody,
} from '../../src/modules/catalog/adapters/schemas.ts'
import { runningDatabaseUrl } from '../../src/platform/embedded-postgres.ts'
import { startProgram, survivorsOf, type Program } from './program.ts'

export type ShopEvent = Static<typeof eventReply>
export type Order = Static<typeof placedOrderReply>
export type Tickets = Static<typeof ticketsReply>
export type CheckIn = Static<typeof checkInReply>

/** The real program on a database of its own, and who works there. */
export type Shop = {
  url: string
  dataDir: string
  program: Program
  nobody: Caller
  admin: Caller
  organiser: Caller
  staff: Caller
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts the program on a data folder with the demo data. At the end nothing of it may be left. Its
 * worker shares a process with the API, which is cheaper, unless `WORKER` says otherwise.
 */
export async function openShop(env: Record<string, string> = {}): Promise<Shop> {
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-shop-'))
  const dataDir = path.join(folder, 'data')
  await furnish(dataDir)
  // With TOPOLOGY=services the same stories are told to a gateway with services behind it.
  const args = process.env['TOPOLOGY'] === 'services' ? ['services'] : []
  const program = startProgram(dataDir, {
    args,
    env: { LOG_LEVEL: 'info', WORKER: 'inline', ...bus(), ...env },
  })
  const url = await program.ready
  const nobody = { url, headers: {} }
  const demo = (name: string) => logIn(nobody, `${name}@karcis.test`, 'karcis-demo')
  return {
    url,
    dataDir,
    program,
    nobody,
    admin: await demo('admin'),
    organiser: await demo('organiser'),
    staff: await demo('staff'),
    async [Symbol.asyncDispose]() {
      process.kill(program.pid, 'SIGTERM')
      const { code, errors } = await program.ended
      await leaveNothing(folder)
      assert.deepEqual({ code, errors }, { code: 0, errors: '' })
    },
  }
}

/**
 * Copies a data folder as a first start leaves it, of which there is one per run: making its
 * database takes several times as long. While one test makes it, others start on an empty folder.
 */
export async function furnish(dataDir: string): Promise<void> {
  const { TEST_FOLDER } = process.env
  if (TEST_FOLDER === undefined) return
  const model = path.join(TEST_FOLDER, 'shop')
  const workshop = `${model}-workshop`
  const begun = () =>
    mkdir(workshop).then(
      () => true,
      () => false,
    )
  const isFirst = !existsSync(model) && (await begun())
  if (isFirst) {
    const program = startProgram(path.join(workshop, 'data'), { env: { WORKER: 'inline' } })
    await program.ready
    await atRest(path.join(workshop, 'data'))
    process.kill(program.pid, 'SIGTERM')
    await program.ended
    await rename(path.join(workshop, 'data'), model)
  }
  if (existsSync(model)) await cp(model, dataDir, { recursive: true, preserveTimestamps: true })
}

/** Resolves when no message of the demo data is on its way any more. */
async function atRest(dataDir: string): Promise<void> {
  const client = new pg.Client({ connectionString: await runningDatabaseUrl(dataDir) })
  await client.connect()
  const underWay = `select ((select count(*) from catalog.outbox)
                          + (select count(*) from graphile_worker._private_jobs))::int as count`
  await until(
    async () => (await client.query<{ count: number }>(underWay)).rows[0]?.count,
    (count) => count === 0,
  )
  await client.end()
}

/** The bus that the tests were told to use, under names that no other test uses. */
function bus(): Record<string, string> {
  const { BUS = 'postgres', KAFKA_BROKERS, RABBITMQ_SERVER } = process.env
  return {
    BUS,
    BUS_PREFIX: `test-${randomUUID().slice(0, 8)}`,
    ...(KAFKA_BROKERS !== undefined && { KAFKA_BROKERS }),
    ...(RABBITMQ_SERVER !== undefined && { RABBITMQ_SERVER }),
  }
}

/** Fails when a process still uses the folder, and removes both. */
export async function leaveNothing(folder: string): Promise<void> {
  const survivors = await survivorsOf(folder)
  for (const pid of survivors) process.kill(pid, 'SIGKILL')
  await rm(folder, { recursive: true, force: true })
  assert.deepEqual(survivors, [], 'every process is gone')
}

/** What `npm run verify` prints about the database of the program. */
export function verified(dataDir: string): { kept: boolean; printed: string } {
  const verify = path.resolve(import.meta.dirname, '../../src/commands/verify.ts')
  const env = { PATH: '/usr/bin:/bin', DATA_DIR: dataDir }
  const { status, stdout, stderr } = spawnSync(process.execPath, [verify], { env })
  return { kept: status === 0, printed: `${stdout}${stderr}` }
}

/** Who calls the shop: what they send with every request, such as an access token. */
export type Caller = { url: string; headers: Record<string, string> }

export type Answer<Body> = { status: number; headers: Headers; body: Body }

/** Sends `POST /v1/orders` or the like. The answer may be any; see `ok` and `refusal`. */
export async function send<Body>(
  { url, headers }: Caller,
  line: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<Answer<Body>> {
  const [method = '', target] = line.split(' ')
  const response = await fetch(`${url}${target}`, {
    method,
    headers: {
      ...headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...more,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : null) as Body,
  }
}

/** The body of an answer that says yes. */
export async function ok<Body>(answer: Promise<Answer<Body>>): Promise<Body> {
  const { status, body } = await answer
  assert(status < 300, `${status} ${JSON.stringify(body)}`)
  return body
}

/** The status and code of an answer that says no, such as `409 sold-out`. */
export async function refusal(answer: Promise<Answer<unknown>>): Promise<string> {
  const { status, body } = await answer
  assert(status >= 400, `${status} ${JSON.stringify(body)}`)
  return `${status} ${(body as { code: string }).code}`
}

/** What a stream of server-sent events says, one value after another. */
export async function* follow<T>({ url, headers }: Caller, target: string): AsyncGenerator<T> {
  const response = await fetch(`${url}${target}`, { headers })
  assert(response.ok && response.body, `${target} answers ${response.status}`)
  let rest = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)) as T
  }
}

export async function logIn(at: Caller, email: string, password: string): Promise<Caller> {
  const login = send<{ accessToken: string }>(at, 'POST /v1/auth/login', { email, password })
  const { accessToken } = await ok(login)
  return { url: at.url, headers: { authorization: `Bearer ${accessToken}` } }
}

/** A new account, logged in. */
export async function newUser({ nobody }: Shop, name = 'Sari Dewi'): Promise<Caller> {
  const email = `${randomUUID()}@example.test`
  const password = 'rahasia sekali'
  await ok(send(nobody, 'POST /v1/auth/register', { name, email, password }))
  return logIn(nobody, email, password)
}

/** One who has nothing to do with the events of the shop's own organiser. */
export async function anotherOrganiser({ nobody, admin }: Shop): Promise<Caller> {
  const [email, password] = [`${randomUUID()}@example.test`, 'rahasia sekali']
  const account = { name: 'Lain', email, password }
  const { id } = await ok(send<{ id: string }>(nobody, 'POST /v1/auth/register', account))
  await ok(send(admin, `PUT /v1/users/${id}/roles`, { roles: ['buyer', 'organiser'] }))
  return logIn(nobody, email, password)
}

/** Those who have nothing to do with what a buyer and an organiser of theirs have. */
export const strangersTo = async (shop: Shop): Promise<Record<string, Caller>> => ({
  nobody: shop.nobody,
  'another buyer': await newUser(shop),
  'the staff of other doors': shop.staff,
  'another organiser': await anotherOrganiser(shop),
})

/** What stands at these addresses for these callers. What time alone changes is left out. */
export async function seenAt(places: readonly [Caller, string][]): Promise<string> {
  const answers = await Promise.all(
    places.map(([caller, target]) => send<object>(caller, `GET ${target}`)),
  )
  const text = JSON.stringify(answers.map(({ status, body }) => [status, body]))
  return text.replace(/"(expiresInSeconds|requestId|failingSince)":[^,}]+/g, '')
}

/** An event of one ticket type, made by the organiser and on sale. */
export async function onSale(
  { organiser }: Pick<Shop, 'organiser'>,
  ticketType: Partial<Static<typeof ticketTypeBody>> = {},
  terms: Partial<Static<typeof eventBody>> = {},
): Promise<ShopEvent> {
  const draft = await ok(
    send<ShopEvent>(organiser, 'POST /v1/events', {
      title: 'Malam Keroncong',
      location: 'Taman Ismail Marzuki, Jakarta',
      startsAt: new Date(Date.now() + 30 * 24 * 3_600_000).toISOString(),
      ticketTypes: [{ name: 'VIP', unitPrice: 150_000, capacity: 10, ...ticketType }],
      ...terms,
    }),
  )
  const event = await ok(send<ShopEvent>(organiser, `POST /v1/events/${draft.id}/publish`))
  // Where booking is another process and all are busy, it may learn of an event a little later.
  await until(
    () => send(organiser, `GET /v1/events/${event.id}/availability`),
    ({ status }) => status === 200,
  )
  return event
}

type Wish = Partial<Omit<PlaceOrderBody, 'items'>> & { quantity?: number; seats?: string[] }

/** The body that orders tickets of the event's first type. */
export function wanted(event: ShopEvent, { quantity = 1, seats, ...rest }: Wish = {}) {
  const ticketTypeId = event.ticketTypes[0]?.id ?? ''
  return {
    eventId: event.id,
    items: [{ ticketTypeId, quantity, ...(seats && { seats }) }],
    ...rest,
  }
}

export const place = (caller: Caller, event: ShopEvent, wish?: Wish): Promise<Answer<Order>> =>
  send<Order>(caller, 'POST /v1/orders', wanted(event, wish))

/** Places an order and waits for the payment page. */
export async function placeToPay(caller: Caller, event: ShopEvent, wish?: Wish): Promise<Order> {
  const body = wanted(event, { payment: { method: 'invoice' }, ...wish })
  const order = await ok(send<Order>(caller, 'POST /v1/orders', body, { prefer: 'wait=10' }))
  if (order.payment?.instructions) return order
  // A broker takes its time to see that a process is back.
  const headers = { ...caller.headers, 'x-order-secret': order.secret }
  const seen = await until(
    () => orderOf({ ...caller, headers }, order),
    ({ payment }) => payment?.instructions != null,
  )
  return { ...order, payment: seen.payment }
}

/** The page of the gateway on which an order is paid. */
export function payPageOf({ payment }: Pick<Order, 'payment'>): string {
  const page = payment?.instructions?.checkoutUrl
  assert(page, 'the order has a page to be paid on')
  return page
}

/** Pays at the sandbox; `late` as a bank does when the invoice is over. */
export async function payAt(payPage: string, how: { late?: boolean } = {}): Promise<void> {
  await ok(send({ url: payPage, headers: {} }, 'POST /pay', how))
}

/** An order that was paid and has its tickets. */
export async function buy(caller: Caller, event: ShopEvent, wish?: Wish): Promise<Order> {
  const order = await placeToPay(caller, event, wish)
  await payAt(payPageOf(order))
  await becomes(caller, order, 'paid')
  await ticketsOf(caller, order)
  return order
}

/** Looks again and again until what it sees is as it should become. */
export async function until<T>(look: () => Promise<T>, is: (seen: T) => boolean): Promise<T> {
  let seen = await look()
  for (const end = Date.now() + 45_000; !is(seen) && Date.now() < end; seen = await look()) {
    await sleep(60)
  }
  assert(is(seen), `still ${JSON.stringify(seen)}`)
  return seen
}

export const orderOf = (caller: Caller, { id }: Pick<Order, 'id'>): Promise<Order> =>
  ok(send<Order>(caller, `GET /v1/orders/${id}`))

export const becomes = (
  caller: Caller,
  order: Pick<Order, 'id'>,
  status: Order['status'],
): Promise<Order> =>
  until(
    () => orderOf(caller, order),
    (seen) => seen.status === status,
  )

/** The tickets of a paid order, which are there a moment after it was paid. */
export async function ticketsOf(caller: Caller, { id }: Order): Promise<Tickets['tickets']> {
  const look = () => ok(send<Tickets>(caller, `GET /v1/orders/${id}/tickets`))
  return (await until(look, ({ tickets }) => tickets.length > 0)).tickets
}

export const redeem = (door: Caller, event: ShopEvent, code: string): Promise<CheckIn> =>
  ok(send<CheckIn>(door, 'POST /v1/check-ins', { eventId: event.id, code }))

/** How many tickets of an event's first type are left, as the shop shows it. */
export async function leftOf(
  { nobody }: Pick<Shop, 'nobody'>,
  { id }: ShopEvent,
): Promise<number | undefined> {
  type Availability = { ticketTypes: { available: number }[] }
  const { ticketTypes } = await ok(send<Availability>(nobody, `GET /v1/events/${id}/availability`))
  return ticketTypes[0]?.available
}
