import assert from 'node:assert'
import { createHmac, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { newId } from '../../src/platform/ids.ts'
import pg from 'pg'
import { runningDatabaseUrl } from '../../src/platform/embedded-postgres.ts'
import { apiKeyScopes } from '../../src/modules/identity/contract.ts'
import { documentCheck, type ApiDocument, type DocumentCheck } from '../support/api-document.ts'
import { attacksOn, sendRaw, type RawAnswer, type RawRequest } from '../support/hostile.ts'
import {
  exampleOf,
  operationsOf,
  targetOf,
  type Known,
  type Operation,
} from '../support/operations.ts'
import {
  anotherOrganiser,
  buy,
  newUser,
  ok,
  onSale,
  openShop,
  place,
  seenAt,
  send,
  strangersTo,
  ticketsOf,
  type Caller,
  type Shop,
  type ShopEvent,
} from '../support/shop.ts'

/** Attacks on each operation: the same in every run, with another SEED others. */
/** More of them where there is time: `ATTACKS=20` in CI. */
const attacksPerOperation = Number(process.env['ATTACKS'] ?? 4)
const seed = Number(process.env['SEED'] ?? 20_300_101)

let shop: Shop
let operations: Operation[]
let check: DocumentCheck
before(async () => {
  shop = await openShop()
  operations = await operationsOf(shop.nobody)
  check = documentCheck(await ok(send<ApiDocument>(shop.nobody, 'GET /v1/openapi.json')))
})
after(() => shop[Symbol.asyncDispose]())

/**
 * An answer is as the document says. What every refusal is, whatever was wrong: RFC 9457 with a code,
 * and a request id to ask about.
 */
function assertAnswered(answer: RawAnswer, request: RawRequest): void {
  const { status, headers, body } = answer
  assert(status < 500, `${status} ${body}`)
  const difference = check(request, answer)
  assert(difference === undefined, `${request.method} ${request.target}: ${difference}`)
  if (status < 400 || request.method === 'HEAD') return
  assert.match(String(headers['content-type']), /^application\/problem\+json/, `${status} ${body}`)
  const problem = JSON.parse(body)
  assert.match(String(problem.code), /^[a-z]+(-[a-z]+)*$/, body)
  assert.deepEqual([problem.status, problem.requestId], [status, headers['x-request-id']], body)
  assert.doesNotMatch(body, /node_modules|\.ts:|postgres:/, 'no detail of the inside')
}

/** The account that all operations on accounts are tried on. */
let somebody: Promise<string> | undefined
const newAccount = async () =>
  (await ok(send<{ id: string }>(await newUser(shop), 'GET /v1/auth/me'))).id

/** What an operation can be about: an event on sale with an order, and an account. */
async function somethingToWorkOn(webhooks: Known['ids']): Promise<Known> {
  const event = await onSale(shop, { capacity: 100, seatsPerRow: 10 })
  const order = await ok(place(shop.nobody, event, { buyer: { name: 'Tamu', email: 'a@b.test' } }))
  const user = await (somebody ??= newAccount())
  const tickettype = String(event.ticketTypes[0]?.id)
  return {
    ids: { ...webhooks, event: event.id, tickettype, order: order.id, user, ...nothing },
    texts: { ...texts, secret: order.secret },
  }
}

/** An endpoint, which an account may have few of, and a delivery to it; nobody is there. */
async function somethingToSend(owner: Caller): Promise<{ endpoint: string; delivery: string }> {
  const body = { url: 'https://rahasia.invalid/hook', types: ['order.paid'] }
  const made = send<{ id: string }>(owner, 'POST /v1/webhook-endpoints', body)
  const { id: endpoint } = await ok(made)
  const ping = send<{ deliveryId: string }>(owner, `POST /v1/webhook-endpoints/${endpoint}/ping`)
  return { endpoint, delivery: (await ok(ping)).deliveryId }
}

/** Well-formed ids of what only a gateway makes, so that attacks come as far as looking for it. */
const nothing = {
  payment: `payment-${newId()}`,
  refund: `refund-${newId()}`,
  webhook: `webhook-${newId()}`,
}

/** Operations on what only a gateway makes: here they find nothing. */
const aboutNothing = [
  'acceptPayment',
  'refundPayment',
  'replayWebhook',
  'getRefund',
  'retryRefund',
  'payOutRefund',
]

/** By the names of fields, what a schema alone does not tell. */
const texts = {
  email: 'tamu@example.test',
  phone: '+62 812 3456 789',
  currency: 'IDR',
  timeZone: 'Asia/Jakarta',
  bannerPath: '/banners/senja.svg',
  payment: { method: 'invoice' },
  url: 'https://hook.invalid/',
  method: 'invoice',
  seats: ['A1'],
  validUntil: null,
  endsAt: null,
  nonce: 'n-1',
}

test('every operation bears whatever is sent to it', async (t) => {
  t.diagnostic(`SEED=${seed}`)
  const webhooks = await somethingToSend(shop.admin)
  const known = await Promise.all(operations.map(() => somethingToWorkOn(webhooks)))
  const { nobody, organiser, staff, admin } = shop
  const buyer = await newUser(shop)
  const callers = [nobody, buyer, organiser, staff, admin, await keyOf(organiser)]
  const before = await rowsOf(shop)
  const made = new Set<string>()

  await t.test('attacks', { concurrency: 4 }, async (t) => {
    const walks = operations.map((operation, i) =>
      t.test(operation.operationId, async () => {
        const attacks = attacksOn(operation, known[i] as Known)
        await fc.assert(
          fc.asyncProperty(fc.constantFrom(...callers), attacks, async (caller, attack) => {
            const request = { ...attack, headers: { ...caller.headers, ...attack.headers } }
            const answer = await sendRaw(shop.url, request)
            assertAnswered(answer, request)
            if (answer.status === 201) made.add(`${madeBy(request)} ${JSON.parse(answer.body).id}`)
          }),
          { seed, numRuns: attacksPerOperation, endOnFailure: true },
        )
      }),
    )
    await Promise.all(walks)
  })

  const counted = (what: string) => [...made].filter((one) => one.startsWith(`${what} `)).length
  assert.deepEqual(
    await rowsOf(shop),
    {
      users: before.users + counted('/v1/auth/register'),
      events: before.events + counted('/v1/events'),
      orders: before.orders + counted('/v1/orders'),
    },
    'nothing was made but what was answered with 201',
  )
  const failures = shop.program.log
    .filter(({ level }) => Number(level) >= 50)
    .map(({ msg, err }) => [msg, (err as Error | undefined)?.stack])
  assert.deepEqual(failures, [], 'nothing failed behind the answers')
})

/** The account by an API key, which may do whatever a key can be allowed to. */
async function keyOf(caller: Caller): Promise<Caller> {
  const asked = { name: 'Kunci', scopes: [...apiKeyScopes] }
  const { key } = await ok(send<{ key: string }>(caller, 'POST /v1/api-keys', asked))
  return { ...caller, headers: { 'x-api-key': key } }
}

const madeBy = ({ target }: RawRequest) => target.split('?')[0]

type Rows = { users: number; events: number; orders: number }

async function rowsOf({ dataDir }: Shop): Promise<Rows> {
  const [rows] = await onDatabase<Rows>(
    dataDir,
    `select (select count(*)::int from identity.users) as users,
            (select count(*)::int from catalog.events) as events,
            (select count(*)::int from booking.orders) as orders`,
  )
  return rows as Rows
}

async function onDatabase<Row>(dataDir: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: await runningDatabaseUrl(dataDir) })
  await client.connect()
  try {
    return (await client.query(sql)).rows as Row[]
  } finally {
    await client.end()
  }
}

test('the requests that are spoilt are good ones', async (t) => {
  const refused: string[] = []
  const webhooks = await somethingToSend(await anotherOrganiser(shop))
  for (const operation of operations.filter(({ method }) => method !== 'DELETE')) {
    const request = exampleRequest(operation, await somethingToWorkOn(webhooks), shop.admin)
    const answer = await sendRaw(shop.url, request)
    assertAnswered(answer, request)
    const { status } = answer
    if (aboutNothing.includes(operation.operationId)) assert.equal(status, 404)
    else if (status >= 400) refused.push(`${operation.operationId} ${status}`)
  }
  t.diagnostic(`${operations.length - refused.length} accepted, not ${refused.join(', ')}`)
  assert(refused.length < operations.length / 4, refused.join(', '))
})

describe('a body that is larger than any order', { concurrency: 2 }, () => {
  const tenMegabytes = Buffer.alloc(10_000_000, 'x')
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
    test(`is refused as ${type}`, async () => {
      for (const { method, path: target } of operations.filter(({ body }) => body)) {
        const headers = { ...shop.admin.headers, 'content-type': type }
        const request = { method, target, headers, body: tenMegabytes }
        const answer = await sendRaw(shop.url, request)
        assertAnswered(answer, request)
        assert([413, 415].includes(answer.status), `${target} ${answer.status}`)
      }
    })
  }
})

test('an address with too long a header or of no sense is refused as anything else is', async () => {
  const requests: Omit<RawRequest, 'method'>[] = [
    { target: '/', headers: { 'x-long': 'x'.repeat(40_000) } },
    { target: `/${'x'.repeat(15_000)}`, headers: {} },
    ...['/%', '/%ff', '/v1/%00', '/v1//events', '/v1/../v1/events', '/v1/%2e%2e/%2e%2e/etc/passwd']
      .concat('//evil.test/v1/events', '/v1/events;a=b', '/docs/..%2f..%2fpackage.json', '/.env')
      .concat('/docs/static/%2e%2e%2f%2e%2e%2fpackage.json', '/dev/mail/%ff', '/dev/mail/mail-1')
      .map((target) => ({ target, headers: {} })),
  ]
  for (const request of requests) {
    const answer = await sendRaw(shop.url, { method: 'GET', ...request })
    assertAnswered(answer, { method: 'GET', ...request })
    assert(answer.status >= 400 || answer.status === 200, `${request.target} ${answer.status}`)
    assert.doesNotMatch(answer.body, /"dependencies"|root:/, request.target)
  }
})

test('a body that does not say how long it is, is cut off where it is too long', async () => {
  const pieces = Array.from({ length: 160 }, () => Buffer.alloc(64 * 1024, 'x'))
  const headers = { 'content-type': 'application/json' }
  const upload = {
    method: 'POST',
    headers,
    body: ReadableStream.from(pieces),
    duplex: 'half' as const,
  }
  const answered = fetch(`${shop.url}/v1/orders`, upload)
  // Who is still writing when the connection is closed may not get to read the answer.
  const status = await answered.then(({ status }) => status).catch(() => 'cut off')
  assert([413, 'cut off'].includes(status), String(status))
  await ok(send(shop.nobody, 'GET /readyz'))
})

test('a body that is nested too deeply to be looked through is refused', async () => {
  for (const depth of [100, 5_000, 60_000]) {
    const body = `${'['.repeat(depth)}"\\u0000"${']'.repeat(depth)}`
    const headers = { 'content-type': 'application/json' }
    const request = { method: 'POST', target: '/v1/orders', headers, body }
    const answer = await sendRaw(shop.url, request)
    assertAnswered(answer, request)
    assert.equal(answer.status, 400)
  }
})

test('what is no HTTP is refused as anything else is', async () => {
  const nonsense = [
    'HELLO\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET /a b HTTP/1.1\r\nhost: x\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
  ]
  for (const bytes of nonsense) {
    const socket = connect(Number(new URL(shop.url).port), '127.0.0.1').end(bytes)
    const answer = (await socket.toArray()).join('')
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const [, status] = /^HTTP\/1.1 (4\d\d) /.exec(head) ?? []
    const headers = Object.fromEntries(head.split('\r\n').map((line) => line.split(': ')))
    assertAnswered(
      { status: Number(status), headers, body },
      { method: '', target: '', headers: {} },
    )
  }
})

test('the pages for trying things out bear whatever is sent to them', async () => {
  const [order, mail] = [randomUUID(), `mail-${randomUUID()}`]
  const hidden = ['GET /sandbox/xendit/web/{id}', `GET /dev/mail/${mail}`, 'GET /dev/mail.json']
    .concat('POST /sandbox/xendit/web/{id}/pay', 'POST /sandbox/xendit/web/{id}/expire')
    .concat('POST /sandbox/xendit/v2/invoices', `GET /dev/mail/${mail}/e-ticket.pdf`)
  for (const line of hidden) {
    const [method = '', path = ''] = line.split(' ')
    const parameters = [{ name: 'to', in: 'query', schema: {} }]
    const body =
      method === 'POST' ? { properties: { amount: {}, channel: {}, late: {} } } : undefined
    const operation = { operationId: line, method, path, isPublic: true, parameters, body }
    await fc.assert(
      fc.asyncProperty(attacksOn(operation, { ids: {}, texts: { id: order } }), async (attack) => {
        const { status, body } = await sendRaw(shop.url, attack)
        assert(status < 500, `${status} ${body}`)
      }),
      { seed, numRuns: attacksPerOperation, endOnFailure: true },
    )
  }
})

test('a token that is forged or over opens nothing', async () => {
  const genuine = String(shop.admin.headers['authorization']).slice('Bearer '.length)
  const key = await readFile(path.join(shop.dataDir, 'keys', 'ACCESS_TOKEN_KEY'))
  const [head = '', claims = '', signature = ''] = genuine.split('.')
  const read = JSON.parse(Buffer.from(claims, 'base64url').toString())
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = (payload: object, header = head, by: Buffer = key) => {
    const text = `${header}.${encode(payload)}`
    return `${text}.${createHmac('sha256', by).update(text).digest('base64url')}`
  }
  const hour = 3_600
  assert.equal((await attempt(signed(read))).status, 200, 'signed as the program signs')
  const forged = {
    expired: signed({ ...read, iat: read.iat - 2 * hour, exp: read.iat - hour }),
    'without an end': signed({ ...read, exp: undefined }),
    'signed by another': signed(read, head, Buffer.from('another key of 32 characters....')),
    unsigned: `${encode({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
    'of another type': signed(read, encode({ alg: 'HS256', typ: 'JWT' })),
    changed: `${head}.${encode({ ...read, roles: ['admin'], sub: randomUUID() })}.${signature}`,
    empty: '',
  }
  for (const [what, token] of Object.entries(forged)) {
    for (const operation of operations.filter(({ isPublic }) => !isPublic)) {
      const { status } = await attempt(token, operation)
      assert.equal(status, 401, `${operation.operationId} with a token ${what}`)
    }
  }
})

async function attempt(token: string, operation?: Operation): Promise<RawAnswer> {
  const { method = 'GET', path: target = '/v1/users' } = operation ?? {}
  const headers = { authorization: `Bearer ${token}` }
  const request = { method, target: target.replace(/\{\w+\}/g, 'x'), headers }
  const answer = await sendRaw(shop.url, request)
  assertAnswered(answer, request)
  return answer
}

/** Nobody is signed in who calls these: they come to be, or are no person. */
const withoutAccount = [
  'registerUser',
  'logIn',
  'refreshSession',
  'logOut',
  'receiveXenditWebhook',
  'receiveMidtransWebhook',
]

type Audited = {
  operation: string
  requestId: string
  status: number
  userId: string
  targets: string[]
  detail: Record<string, unknown>
}
const auditOf = async (query: string) =>
  (await ok(send<{ actions: Audited[] }>(shop.admin, `GET /v1/audit?${query}`))).actions

test('whatever staff, organisers and administrators change is audited', async () => {
  const { ids, texts } = await somethingToWorkOn({})
  const missing = {
    endpoint: `endpoint-${randomUUID()}`,
    delivery: `delivery-${randomUUID()}`,
    apikey: `apikey-${randomUUID()}`,
    webhook: `webhook-${randomUUID()}`,
  }
  const known = { ids: { ...ids, ...missing }, texts }
  const me = await ok(send<{ id: string }>(shop.admin, 'GET /v1/auth/me'))
  const changing = operations.filter(({ method }) => method !== 'GET')
  const names = changing.map(({ operationId }) => operationId)
  assert.deepEqual(
    withoutAccount.filter((name) => !names.includes(name)),
    [],
  )
  const audited = changing.filter(({ operationId }) => !withoutAccount.includes(operationId))
  assert(audited.length > 15, 'few changing operations were seen')
  for (const operation of audited) {
    const { operationId, parameters } = operation
    const request = exampleRequest(operation, known, shop.admin)
    const requestId = `audit-${operationId}`
    const headers = { ...request.headers, 'x-request-id': requestId }
    const { status } = await sendRaw(shop.url, { ...request, headers })
    const [entry, ...others] = await auditOf(`operation=${operationId}&userId=${me.id}&limit=1`)
    assert.deepEqual(others, [])
    assert(entry, `${operationId} is not audited`)
    assert.deepEqual([entry.requestId, entry.status], [requestId, status], operationId)
    const inPath = parameters.filter((one) => one.in === 'path').length
    assert(entry.targets.length >= inPath, `${operationId} names what it is about`)
  }
  const roles = audited.find(({ operationId }) => operationId === 'setUserRoles') as Operation
  const asked = JSON.parse(String(exampleRequest(roles, known, shop.admin).body))
  const [given] = await auditOf(`operation=setUserRoles&target=${known.ids.user}`)
  assert.deepEqual(given?.detail, { roles: asked.roles }, 'which roles were given')
})

test('a buyer is audited only where buyers have no business', async () => {
  const buyer = await newUser(shop)
  const me = await ok(send<{ id: string }>(buyer, 'GET /v1/auth/me'))
  const event = await onSale(shop)
  const order = await ok(place(buyer, event))
  await ok(send(buyer, `POST /v1/orders/${order.id}/cancel`))
  await send(buyer, `POST /v1/events/${event.id}/cancel`)
  await send(buyer, 'POST /v1/check-ins', { eventId: event.id, code: 'x' })
  assert.deepEqual(
    (await auditOf(`userId=${me.id}`)).map(({ operation, status, targets }) => [
      operation,
      status,
      targets,
    ]),
    [
      ['checkIn', 404, [event.id]],
      ['cancelEvent', 403, [event.id]],
    ],
  )
})

/** What everyone may ask about an event on sale, though it is another's. */
const openToAll = ['followAvailability', 'getAvailability', 'getEvent', 'listSeats']

test("no operation shows or changes what is another's", async (t) => {
  const theirs = await whatIsTheirs()
  const strangers = await strangersTo(shop)
  const before = await theirs.look()
  for (const [who, caller] of Object.entries(strangers)) {
    await t.test(`${who} sees and changes nothing`, async () => {
      const letIn = new Set<string>()
      for (const known of theirs.known) {
        const accepted: string[] = []
        for (const operation of operations) {
          const request = exampleRequest(operation, known, caller)
          const answer = await sendRaw(shop.url, request)
          assertAnswered(answer, request)
          const { status, body } = answer
          if (isAboutTheirs(operation) && ![401, 403, 404].includes(status)) {
            letIn.add(operation.operationId)
          }
          if (status < 400) accepted.push(operation.operationId)
          const leaked = theirs.secrets.filter((secret) => body.includes(secret))
          assert.deepEqual(leaked, [], `${operation.operationId}: ${status} ${body}`)
        }
        // Once for all operations: a look is as many requests as a tenth of them.
        assert.equal(await theirs.look(), before, `changed; accepted were ${accepted.join(', ')}`)
      }
      assert.deepEqual([...letIn].sort(), openToAll)
    })
  }
})

/** Every id of the examples is theirs, so an operation whose address has one is about theirs. */
const isAboutTheirs = ({ path }: Operation): boolean => path.includes('{')

/** The operation as it should be called, with what is known. */
function exampleRequest(operation: Operation, known: Known, { headers }: Caller): RawRequest {
  const { method, body } = operation
  const target = targetOf(operation, known)
  if (!body) return { method, target, headers }
  const json = { ...headers, 'content-type': 'application/json' }
  return { method, target, headers: json, body: JSON.stringify(exampleOf(body, known)) }
}

/** A buyer with a paid order and an API key, and an organiser with a draft and an event on sale. */
async function whatIsTheirs() {
  const { organiser } = shop
  const buyer = await newUser(shop, 'Rahasia Wijaya')
  const event = await onSale(shop, { capacity: 1_000 }, { refundable: true })
  const draft = await ok(
    send<ShopEvent>(organiser, 'POST /v1/events', {
      title: 'Konser Rahasia',
      location: 'Tempat Rahasia',
      startsAt: '2090-01-01T00:00:00Z',
      ticketTypes: [{ name: 'Rahasia', unitPrice: 1, capacity: 1 }],
    }),
  )
  const order = await buy(buyer, event)
  const unpaid = await ok(place(buyer, event))
  const tickets = await ticketsOf(buyer, order)
  const apiKey = { name: 'Rahasia', scopes: ['orders:read'] }
  const { id: apikey, key } = await ok(
    send<{ id: string; key: string }>(buyer, 'POST /v1/api-keys', apiKey),
  )
  const me = await ok(send<{ id: string; email: string }>(buyer, 'GET /v1/auth/me'))
  const owner = await anotherOrganiser(shop)
  const webhooks = await somethingToSend(owner)
  const ids = { ...webhooks, apikey, user: me.id, order: order.id, ticket: String(tickets[0]?.id) }
  const known = [
    { ...ids, event: event.id, tickettype: String(event.ticketTypes[0]?.id) },
    { ...ids, event: draft.id, tickettype: String(draft.ticketTypes[0]?.id), order: unpaid.id },
  ].map((one) => ({ ids: one, texts: { ...texts, code: tickets[0]?.code } }))

  const looks: [Caller, string][] = [
    ...[order, unpaid].flatMap(({ id }) => [
      [buyer, `/v1/orders/${id}`] as [Caller, string],
      [buyer, `/v1/orders/${id}/payments`] as [Caller, string],
      [buyer, `/v1/orders/${id}/tickets`] as [Caller, string],
    ]),
    [buyer, '/v1/auth/me'],
    [buyer, '/v1/api-keys'],
    [buyer, '/v1/orders'],
    ...[event, draft].flatMap(({ id }) => [
      [organiser, `/v1/events/${id}/staff`] as [Caller, string],
      [organiser, `/v1/events/${id}/check-ins`] as [Caller, string],
    ]),
    [organiser, '/v1/organiser/events?limit=5'],
    [owner, `/v1/webhook-endpoints/${webhooks.endpoint}`],
  ]
  return {
    known,
    secrets: [
      'Rahasia',
      'rahasia.invalid',
      me.email,
      order.secret,
      key,
      ...tickets.map(({ code }) => code),
    ],
    /** All of it, as those see it whose it is. */
    look: () => seenAt(looks),
  }
}
