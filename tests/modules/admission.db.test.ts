import assert from 'node:assert'
import { after, before, describe, test } from 'node:test'
import type { FastifyRequest } from 'fastify'
import { pino } from 'pino'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { orderSnapshot } from '../support/order-snapshot.ts'
import type { Envelope } from '../../src/kernel/message.ts'
import type { Principal } from '../../src/kernel/principal.ts'
import { toPublicId } from '../../src/kernel/id.ts'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { newId } from '../../src/platform/ids.ts'
import type { Http } from '../../src/platform/module.ts'
import type { OrderSnapshot } from '../../src/modules/booking/contract.ts'
import { admissionModule } from '../../src/modules/admission/index.ts'

let database: TestDatabase
let http: Http
let admission: ReturnType<typeof admissionModule>
const orders = new Map<string, OrderSnapshot>()
const staffId = newId()
const staffOf = new Map<string, string>()

before(async () => {
  database = await createTestDatabase()
  admission = admissionModule({
    pool: database.pool,
    checkInRetentionDays: 90,
    booking: {
      findOrder: async (orderId) => orders.get(orderId),
    },
    secrets: { opens: (orderId, secret) => secret === `secret of ${orderId}` },
    catalog: {
      roleAt: async (eventId, userId) => (staffOf.get(eventId) === userId ? 'staff' : undefined),
    },
    clock: () => new Date(),
    ticketSigningSeed: new Uint8Array(32).fill(7),
  })
  http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: 'test',
    authenticate: async (request: FastifyRequest) =>
      JSON.parse(request.headers.authorization ?? '{}') as Principal,
  })
  admission.routes(http)
})
after(async () => {
  await http.close()
  await database[Symbol.asyncDispose]()
})

const as = (userId: string, change: Partial<Principal> = {}) => ({
  authorization: JSON.stringify({ userId, email: 'x@example.org', roles: ['buyer'], ...change }),
})

let position = 0
function deliver(type: 'ticket.issue' | 'ticket.revoke', order: OrderSnapshot): Promise<void> {
  position += 1
  const { orderId, eventId } = order
  const envelope: Envelope = {
    specversion: '1.0',
    id: `booking-${position}`,
    source: 'booking',
    type,
    subject: orderId,
    time: new Date(Date.now() - 60_000 + position).toISOString(),
    datacontenttype: 'application/json',
    data: type === 'ticket.issue' ? { order } : { orderId, eventId },
  }
  const handle = admission.handlers[type]
  assert(handle)
  return handle(envelope)
}

async function issued(change: Partial<OrderSnapshot> = {}): Promise<OrderSnapshot> {
  const order = orderSnapshot(change)
  orders.set(order.orderId, order)
  staffOf.set(order.eventId, staffId)
  await deliver('ticket.issue', order)
  return order
}

type TicketJson = { id: string; seat: string | null; status: string; code: string; type: string }

async function ticketsOf({ orderId }: OrderSnapshot): Promise<TicketJson[]> {
  const reply = await http.inject({
    url: `/orders/${toPublicId('order', orderId)}/tickets`,
    headers: { 'x-order-secret': `secret of ${orderId}` },
  })
  assert.equal(reply.statusCode, 200)
  return reply.json().tickets
}

async function scan(eventId: string, code: string, rest: Record<string, unknown> = {}) {
  const reply = await http.inject({
    method: 'POST',
    url: '/check-ins',
    headers: as(staffId),
    payload: { eventId: toPublicId('event', eventId), code, ...rest },
  })
  assert.equal(reply.statusCode, 200, reply.body)
  return reply.json() as { result: string; ticket?: { redeemedAt: string; seat: string | null } }
}

const firstCode = async (order: OrderSnapshot): Promise<string> =>
  (await ticketsOf(order))[0]?.code ?? ''

const outboxOf = async (order: OrderSnapshot) =>
  (await database.pool.query('select type from admission.outbox where key = $1', [order.orderId]))
    .rows

describe('issuing', () => {
  test('makes one set of tickets and one message, however often it is asked', async () => {
    const order = await issued()
    await Promise.all([deliver('ticket.issue', order), deliver('ticket.issue', order)])
    const tickets = await ticketsOf(order)
    assert.deepEqual(
      tickets.map(({ type, seat, status }) => [type, seat, status]),
      [
        ['VIP', 'Seat-1', 'valid'],
        ['VIP', 'Seat-2', 'valid'],
        ['Festival', null, 'valid'],
      ],
    )
    assert.deepEqual(await outboxOf(order), [{ type: 'ticket.issued' }])
  })

  test('comes to nothing when the revocation arrived first', async () => {
    const order = orderSnapshot()
    orders.set(order.orderId, order)
    const time = new Date().toISOString()
    const { orderId, eventId } = order
    const revoke = { time, data: { orderId, eventId } } as Envelope
    await admission.handlers['ticket.revoke']?.(revoke)
    await admission.handlers['ticket.issue']?.({ time, data: { order } } as Envelope)
    assert.deepEqual(await ticketsOf(order), [])
    assert.deepEqual(await outboxOf(order), [])
  })

  test('again after a reversed payment brings the same tickets back, used ones still used', async () => {
    const order = await issued()
    const [code, unused] = (await ticketsOf(order)).map((ticket) => ticket.code)
    assert(code && unused)
    await scan(order.eventId, code)
    await deliver('ticket.revoke', order)
    for (const ticket of [code, unused]) {
      assert.equal((await scan(order.eventId, ticket, { nonce: 'n1' })).result, 'revoked')
    }
    await deliver('ticket.issue', order)
    assert.deepEqual(
      (await ticketsOf(order)).map((ticket) => ticket.status),
      ['redeemed', 'valid', 'valid'],
    )
    assert.equal((await scan(order.eventId, code)).result, 'already_redeemed')
    assert.equal((await scan(order.eventId, unused, { nonce: 'n1' })).result, 'ok')
    assert.equal((await scan(order.eventId, unused, { nonce: 'n1' })).result, 'ok')
  })
})

describe('a door', () => {
  test('lets a ticket in once, and says when it did', async () => {
    const order = await issued()
    const code = await firstCode(order)
    const first = await scan(order.eventId, code)
    const second = await scan(order.eventId, code)
    assert.equal(first.result, 'ok')
    assert.equal(first.ticket?.seat, 'Seat-1')
    assert.equal(second.result, 'already_redeemed')
    assert.equal(second.ticket?.redeemedAt, first.ticket?.redeemedAt)
  })

  test('lets in exactly one of fifty who show the same ticket at once', async () => {
    const order = await issued()
    const code = await firstCode(order)
    const scans = await Promise.all(Array.from({ length: 50 }, () => scan(order.eventId, code)))
    assert.equal(scans.filter(({ result }) => result === 'ok').length, 1)
    assert.equal(scans.filter(({ result }) => result === 'already_redeemed').length, 49)
    const { rows } = await database.pool.query(
      `select result, count(*) from admission.check_ins where event_id = $1 group by 1 order by 1`,
      [order.eventId],
    )
    assert.deepEqual(rows, [
      { result: 'already_redeemed', count: 49 },
      { result: 'ok', count: 1 },
    ])
  })

  test('that only looked before it let in would let in several: the race is real', async () => {
    const order = await issued()
    const [ticket] = await ticketsOf(order)
    const id = ticket?.id.slice('ticket-'.length)
    const look = 'select 1 from admission.tickets where id = $1 and redeemed_at is null'
    const letIn = 'update admission.tickets set redeemed_at = now() where id = $1'
    const twoDoors = [1, 2]
    const looks = await Promise.all(twoDoors.map(() => database.pool.query(look, [id])))
    const admitted = await Promise.all(
      looks.filter(({ rowCount }) => rowCount === 1).map(() => database.pool.query(letIn, [id])),
    )
    assert.deepEqual(
      admitted.map(({ rowCount }) => rowCount),
      [1, 1],
    )
  })
})

describe('a scan', () => {
  test('that is sent again is answered as it was the first time', async () => {
    const order = await issued()
    const code = await firstCode(order)
    const [a, b] = await Promise.all([
      scan(order.eventId, code, { nonce: 'n1' }),
      scan(order.eventId, code, { nonce: 'n1' }),
    ])
    assert.deepEqual([a.result, b.result], ['ok', 'ok'])
    assert.equal((await scan(order.eventId, code, { nonce: 'n2' })).result, 'already_redeemed')
    assert.equal((await scan(order.eventId, code, { nonce: 'n2' })).result, 'already_redeemed')
    await deliver('ticket.revoke', order)
    assert.equal((await scan(order.eventId, code, { nonce: 'n1' })).result, 'ok')
    assert.equal((await scan(order.eventId, code, { nonce: 'n3' })).result, 'revoked')
  })

  test('of a ticket that is revoked later leaves its redemption', async () => {
    const order = await issued()
    const code = await firstCode(order)
    const first = await scan(order.eventId, code)
    await deliver('ticket.revoke', order)
    const second = await scan(order.eventId, code)
    assert.equal(second.result, 'revoked')
    assert.equal(second.ticket?.redeemedAt, first.ticket?.redeemedAt)
  })

  test('turns away a ticket of another event, and everything that is no ticket', async () => {
    const [order, other] = [await issued(), await issued()]
    const code = await firstCode(other)
    assert.deepEqual(await scan(order.eventId, code), { result: 'wrong_event' })
    assert.equal((await scan(other.eventId, code)).result, 'ok')
    const flipped = (code[50] === 'A' ? 'B' : 'A') + code.slice(51)
    for (const hostile of [
      '',
      "' or 1=1 --",
      'x'.repeat(512),
      '🎫'.repeat(60),
      code.slice(0, 50) + flipped,
    ]) {
      const scans = [1, 2, 3].map(() => scan(order.eventId, hostile, { nonce: 'h' }))
      const unknown = { result: 'unknown' }
      assert.deepEqual(await Promise.all(scans), [unknown, unknown, unknown])
    }
  })
})

describe('an event', () => {
  test('takes scans that were kept offline, in their order', async () => {
    const order = await issued()
    const [first, second] = await ticketsOf(order)
    const at = new Date(Date.now() - 10_000).toISOString()
    const reply = await http.inject({
      method: 'POST',
      url: '/check-ins/batch',
      headers: as(staffId),
      payload: {
        eventId: toPublicId('event', order.eventId),
        scans: [
          { code: first?.code, nonce: 'a', at },
          { code: first?.code, nonce: 'b', at },
          { code: second?.code, nonce: 'c', at: '0000-01-01T00:00:00Z' },
          { code: 'rubbish', nonce: 'd' },
        ],
      },
    })
    const { results } = reply.json() as {
      results: { result: string; ticket?: { redeemedAt: string } }[]
    }
    assert.deepEqual(
      results.map(({ result }) => result),
      ['ok', 'already_redeemed', 'ok', 'unknown'],
    )
    assert.equal(results[0]?.ticket?.redeemedAt, at)
    assert((results[2]?.ticket?.redeemedAt ?? '') > '2026', 'nobody enters before the issue')
  })

  test('counts what is issued and redeemed, without revoked tickets', async () => {
    const order = await issued()
    const revoked = await issued({ eventId: order.eventId, items: order.items })
    await deliver('ticket.revoke', revoked)
    await scan(order.eventId, await firstCode(order))
    const url = `/events/${toPublicId('event', order.eventId)}/check-ins`
    const {
      issued: issuedCount,
      redeemed,
      ticketTypes,
    } = (await http.inject({ url, headers: as(staffId) })).json()
    assert.deepEqual([issuedCount, redeemed], [3, 1])
    assert.deepEqual(
      ticketTypes.map((row: { name: string; issued: number; redeemed: number }) => [
        row.name,
        row.issued,
        row.redeemed,
      ]),
      [
        ['Festival', 1, 0],
        ['VIP', 2, 1],
      ],
    )
    const stranger = await http.inject({ url, headers: as(newId()) })
    assert.equal(stranger.statusCode, 404)
    assert.equal((await http.inject({ url })).statusCode, 401)
  })
})

describe('a refused check-in changes nothing:', () => {
  const payload = { eventId: toPublicId('event', newId()), code: 'x' }
  // prettier-ignore
  const rows: [string, Record<string, string>, unknown, number, string][] = [
    ['nobody',                     {},                                    payload,                             401, 'unauthenticated'],
    ['no role at the event',       as(newId()),                           payload,                             404, 'event-not-found'],
    ['a key without the scope',    as(staffId, { scopes: ['x'] }),        payload,                             403, 'forbidden'],
    ['a malformed event',          as(staffId), { ...payload, eventId: 'event-1' },                            400, 'invalid-request'],
    ['a code that is no text',     as(staffId), { ...payload, code: 1 },                                       400, 'invalid-request'],
    ['an endless code',            as(staffId), { ...payload, code: 'x'.repeat(513) },                         400, 'invalid-request'],
    ['a second no clock has',      as(staffId), { ...payload, at: '2016-12-31T23:59:60Z' },                    400, 'malformed-instant'],
    ['something unasked',          as(staffId), { ...payload, force: true },                                   400, 'invalid-request'],
    ['an empty nonce',             as(staffId), { ...payload, nonce: '' },                                     400, 'invalid-request'],
  ]
  for (const [what, headers, body, status, code] of rows) {
    test(what, async () => {
      const reply = await http.inject({
        method: 'POST',
        url: '/check-ins',
        headers,
        payload: body as object,
      })
      assert.equal(reply.statusCode, status)
      assert.equal(reply.json().code, code)
    })
  }
})

describe('the tickets of an order', () => {
  const url = (order: OrderSnapshot, what: string) =>
    `/orders/${toPublicId('order', order.orderId)}/${what}`

  test('are shown to its buyer and to who holds its secret, and to nobody else', async () => {
    const order = await issued()
    const buyerId = order.buyer.userId ?? ''
    // prettier-ignore
    const rows: [Record<string, string>, string, number][] = [
      [{},                                                 '',                                404],
      [as(newId()),                                        '',                                404],
      [as(buyerId),                                        '',                                200],
      [as(buyerId, { scopes: ['tickets:read'] }),          '',                                200],
      [as(buyerId, { scopes: ['events:read'] }),           '',                                403],
      [as(staffId),                                        '',                                404],
      [as(newId(), { roles: ['admin'] }),                  '',                                200],
      [{},                                                 `?secret=secret of ${order.orderId}`, 200],
      [{ 'x-order-secret': `secret of ${order.orderId}` }, '',                                200],
      [{},                                                 '?secret=wrong',                   404],
      [{},                                                 '?secret=a&secret=b',              400],
    ]
    for (const what of ['tickets', 'tickets.pdf']) {
      for (const [headers, query, status] of rows) {
        const reply = await http.inject({ url: encodeURI(url(order, what) + query), headers })
        assert.equal(reply.statusCode, status, `${what}${query} ${JSON.stringify(headers)}`)
        if (status === 200) assert.equal(reply.headers['cache-control'], 'private, no-store')
      }
    }
  })

  test('come as a PDF, until they are revoked', async () => {
    const order = await issued()
    const headers = as(order.buyer.userId ?? '')
    const [a, b] = [
      await http.inject({ url: url(order, 'tickets.pdf'), headers }),
      await http.inject({ url: url(order, 'tickets.pdf'), headers }),
    ]
    assert.equal(a.headers['content-type'], 'application/pdf')
    assert.equal(a.rawPayload.toString('latin1').match(/\/Type \/Page\b/g)?.length, 3)
    assert.deepEqual(a.rawPayload, b.rawPayload)

    await deliver('ticket.revoke', order)
    const gone = await http.inject({ url: url(order, 'tickets.pdf'), headers })
    assert.equal(gone.json().code, 'tickets-not-found')
    assert.equal(await admission.api.eTicketPdf(order.orderId), undefined)
  })
})

test('the keys of the codes are public', async () => {
  const reply = await http.inject('/check-in-keys')
  assert.equal(reply.statusCode, 200)
  assert.deepEqual(Object.keys(reply.json().keys[0]).sort(), [
    'alg',
    'crv',
    'kid',
    'kty',
    'use',
    'x',
  ])
})

test('a scan is forgotten in time, and its ticket stays used', async () => {
  const order = await issued()
  const code = await firstCode(order)
  const at = new Date(Date.now() - 91 * 24 * 3_600_000).toISOString()
  assert.equal((await scan(order.eventId, code, { nonce: 'old' })).result, 'ok')
  assert.equal((await scan(order.eventId, code, { nonce: 'new' })).result, 'already_redeemed')
  const scans = async () => {
    const { rows } = await database.pool.query<{ result: string }>(
      'select result from admission.check_ins where event_id = $1 order by scanned_at',
      [order.eventId],
    )
    return rows.map(({ result }) => result)
  }
  assert.deepEqual(await scans(), ['ok', 'already_redeemed'])
  await database.pool.query(
    `update admission.check_ins set scanned_at = $2 where event_id = $1 and result = 'ok'`,
    [order.eventId, at],
  )
  for (const { run } of admission.tasks) await run(new AbortController().signal)
  assert.deepEqual(await scans(), ['already_redeemed'])
  assert.equal((await scan(order.eventId, code, { nonce: 'old' })).result, 'already_redeemed')
})
