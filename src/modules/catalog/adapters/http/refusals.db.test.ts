import assert from 'node:assert'
import { after, before, beforeEach, test } from 'node:test'
import { fromPublicId, toPublicId } from '../../../../kernel/id.ts'
import { now, organiser, soldTickets, uuid } from '../../../../../tests/support/catalog.ts'
import {
  startCatalog,
  regular,
  terms,
  type MadeEvent,
  type Method,
  type CatalogServer,
} from '../../../../../tests/support/catalog-http.ts'

let server: CatalogServer
before(async () => {
  server = await startCatalog()
})
after(() => server.stop())
beforeEach(() => server.reset())

const rows: [string, (on: MadeEvent) => [Method, string, object?], number, string][] = [
  [
    'no such event',
    () => ['PATCH', `/events/${toPublicId('event', uuid(9))}`, { title: 'B' }],
    404,
    'event-not-found',
  ],
  [
    'no such type',
    ({ path }) => [
      'PATCH',
      `${path}/ticket-types/${toPublicId('tickettype', uuid(9))}`,
      { position: 1 },
    ],
    404,
    'ticket-type-not-found',
  ],
  [
    'too little capacity',
    ({ typePath }) => ['PATCH', typePath, { capacity: 6 }],
    409,
    'capacity-below-taken',
  ],
  ['a type with sales', ({ typePath }) => ['DELETE', typePath], 409, 'ticket-type-has-sales'],
  ['live orders', ({ path }) => ['POST', `${path}/cancel`], 409, 'event-has-live-orders'],
  ['another currency', ({ path }) => ['PATCH', path, { currency: 'USD' }], 409, 'currency-fixed'],
  ['other seats', ({ typePath }) => ['PATCH', typePath, { seatsPerRow: 5 }], 409, 'seats-fixed'],
  [
    'a start in the past',
    ({ path }) => ['PATCH', path, { startsAt: now.toISOString() }],
    409,
    'event-starts-in-past',
  ],
  [
    'an end before the start',
    ({ path }) => ['PATCH', path, { endsAt: now.toISOString() }],
    422,
    'event-ends-before-start',
  ],
  [
    'an empty window',
    ({ typePath }) => ['PATCH', typePath, { validFrom: now, validUntil: now }],
    422,
    'sales-window-empty',
  ],
  [
    'an unknown time zone',
    ({ path }) => ['PATCH', path, { timeZone: 'Mars' }],
    422,
    'unknown-time-zone',
  ],
  [
    'an unknown currency',
    () => ['POST', '/events', { ...terms, currency: 'ZZZ' }],
    422,
    'unknown-currency',
  ],
]
for (const [why, request, status, code] of rows) {
  test(why, async () => {
    const event = await server.aPublished()
    const typeId = fromPublicId('tickettype', String(event.typePath.split('/').at(-1)))
    assert(typeId.ok)
    server.world.stock = soldTickets({ [typeId.value]: 7 })
    const before = (await server.ask('GET', event.path)).json
    const [method, url, body] = request(event)
    const answer = await server.ask(method, url, { as: organiser, ...(body && { body }) })
    assert.deepEqual([answer.status, answer.code], [status, code])
    if (code === 'capacity-below-taken') assert.equal(answer.json.taken, 7)
    server.world.millisPassed += 3_000
    assert.deepEqual((await server.ask('GET', event.path)).json, before)
  })
}

test('a draft without ticket types, or that began, is not published', async () => {
  const publish = async (body: object) =>
    (await server.ask('POST', `${(await server.aDraft(body)).path}/publish`, { as: organiser }))
      .code
  assert.equal(await publish({ ticketTypes: [] }), 'no-ticket-types')
  assert.equal(await publish({ startsAt: now.toISOString() }), 'event-starts-in-past')
})

test('a cancelled event never changes again', async () => {
  const { path, typePath } = await server.aPublished()
  await server.ask('POST', `${path}/cancel`, { as: organiser })
  const requests: [Method, string, object?][] = [
    ['PATCH', path, { title: 'B' }],
    ['POST', `${path}/publish`],
    ['POST', `${path}/ticket-types`, regular],
    ['PATCH', typePath, { position: 1 }],
    ['DELETE', typePath],
    ['PUT', `${path}/staff/${toPublicId('user', uuid(9))}`],
  ]
  for (const [method, url, body] of requests) {
    const answer = await server.ask(method, url, { as: organiser, ...(body && { body }) })
    assert.deepEqual([answer.status, answer.code], [409, 'event-cancelled'], `${method} ${url}`)
  }
  assert.deepEqual(await server.versionsSent(), [2, 3])
})

test('an event has at most a hundred ticket types', async () => {
  const { path } = await server.aDraft({ ticketTypes: Array.from({ length: 100 }, () => regular) })
  const answer = await server.ask('POST', `${path}/ticket-types`, { as: organiser, body: regular })
  assert.deepEqual([answer.status, answer.code], [409, 'too-many-ticket-types'])
})

const wrongTerms: object[] = [
  { title: '' },
  { title: ' ' },
  { title: 'x'.repeat(201) },
  { title: null },
  { description: 'x'.repeat(10_001) },
  { category: 'x'.repeat(41) },
  { status: 'published' },
  { organiserId: toPublicId('user', uuid(1)) },
  { startsAt: '2030-02-30T00:00:00Z' },
  { startsAt: '2030-12-31T23:59:60Z' },
  { startsAt: '2030-01-01T24:00:00Z' },
  { startsAt: '2030-01-01' },
  { startsAt: '2030-01-01T00:00:00' },
  { startsAt: '2030-01-01T00:00:00+99:00' },
  { startsAt: '9999-12-31T23:59:59Z' },
  { startsAt: 1 },
  { bannerPath: 'javascript:alert(1)' },
  { bannerPath: '//example.org/a.svg' },
  { bannerPath: '/\\example.org/a.svg' },
  { currency: 'idr' },
  { holdSeconds: 0 },
  { ordersPerBuyerMax: 0 },
  { facilities: Array.from({ length: 51 }, () => 'x') },
  { ticketTypes: Array.from({ length: 101 }, () => regular) },
]

const wrongTicketTypes: object[] = [
  { capacity: -1 },
  { capacity: 200_001 },
  { capacity: 1.5 },
  { capacity: '5' },
  { unitPrice: -1 },
  { unitPrice: 1_000_000_001 },
  { unitPrice: null },
  { ticketsPerOrderMax: 0 },
  { seatsPerRow: 0 },
  { name: '' },
  { id: 'x' },
]

test('an event or ticket type out of bounds is malformed, and nothing is made', async () => {
  const bodies = [
    {},
    [],
    ...wrongTerms.map((wrong) => ({ ...terms, ...wrong })),
    ...wrongTicketTypes.map((wrong) => ({ ...terms, ticketTypes: [{ ...regular, ...wrong }] })),
  ]
  for (const body of bodies) {
    const answer = await server.ask('POST', '/events', { as: organiser, body })
    assert.deepEqual([answer.status, answer.code], [400, 'invalid-request'], JSON.stringify(body))
  }
  const { json } = await server.ask('GET', '/organiser/events', { as: organiser })
  assert.deepEqual(json.events, [])
})

test('so is a change out of bounds', async () => {
  const { path, typePath } = await server.aDraft()
  const requests: [Method, string, object][] = [
    ...wrongTerms.map((wrong): [Method, string, object] => ['PATCH', path, wrong]),
    ...wrongTicketTypes.map((wrong): [Method, string, object] => ['PATCH', typePath, wrong]),
    ['PATCH', path, {}],
    ['PATCH', path, { startsAt: null }],
    ['PATCH', path, { ticketTypes: [] }],
    ['PATCH', typePath, {}],
    ['POST', `${path}/cancel`, { cancelOrders: 'yes' }],
    ['POST', `${path}/cancel`, { force: true }],
  ]
  for (const [method, url, body] of requests) {
    const answer = await server.ask(method, url, { as: organiser, body })
    assert.deepEqual([answer.status, answer.code], [400, 'invalid-request'], JSON.stringify(body))
  }
})

test('so is an address that is none', async () => {
  const { path } = await server.aDraft()
  const cursor = (...position: unknown[]) =>
    Buffer.from(JSON.stringify(position)).toString('base64url')
  const id = toPublicId('event', uuid(1))
  const requests: [Method, string][] = [
    ['GET', '/events/1'],
    ['GET', `/events/${toPublicId('user', uuid(9))}`],
    ['PUT', `${path}/staff/x`],
    ['DELETE', `${path}/ticket-types/x`],
    ['GET', '/events?limit=0'],
    ['GET', '/events?limit=101'],
    ['GET', '/events?limit=x'],
    ['GET', '/events?from=yesterday'],
    ['GET', `/events?q=${'x'.repeat(101)}`],
    ['GET', '/events?cursor=x'],
    ['GET', `/events?cursor=${cursor('2030-01-01T00:00:00.000Z')}`],
    ['GET', `/events?cursor=${cursor('2030-01-01T00:00:00.000Z', 'x')}`],
    ['GET', `/events?cursor=${cursor('2030-99-99T00:00:00.000Z', id)}`],
    ['GET', `/events?cursor=${cursor('1', id)}`],
    ['GET', '/organiser/events?cursor=x'],
  ]
  for (const [method, url] of requests) {
    const answer = await server.ask(method, url, { as: organiser })
    assert.deepEqual([answer.status, answer.code], [400, 'invalid-request'], `${method} ${url}`)
  }
})
