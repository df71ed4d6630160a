import assert from 'node:assert'
import { after, before, beforeEach, test } from 'node:test'
import { fromPublicId, toPublicId } from '../../../../kernel/id.ts'
import type { Principal } from '../../../../kernel/principal.ts'
import { doorStaff, now, organiser, otherOrganiser } from '../../../../../tests/support/catalog.ts'
import {
  startCatalog,
  regular,
  terms,
  type Method,
  type CatalogServer,
} from '../../../../../tests/support/catalog-http.ts'

let server: CatalogServer
before(async () => {
  server = await startCatalog()
})
after(() => server.stop())
beforeEach(() => server.reset())

test('every change of an event on sale is told once, with the next version', async () => {
  const { path, typePath } = await server.aDraft()
  await server.ask('PATCH', path, { as: organiser, body: { title: 'B' } })
  assert.deepEqual(await server.versionsSent(), [])

  const staff = `${path}/staff/${toPublicId('user', doorStaff.userId)}`
  const steps: [Method, string, object | undefined, number][] = [
    ['POST', `${path}/publish`, undefined, 200],
    ['PATCH', path, { title: 'C', endsAt: null }, 200],
    ['POST', `${path}/ticket-types`, { ...regular, name: 'VIP' }, 201],
    ['PATCH', typePath, { unitPrice: 1 }, 200],
    ['DELETE', typePath, undefined, 204],
    ['PUT', staff, undefined, 204],
    ['DELETE', staff, undefined, 204],
    ['POST', `${path}/cancel`, undefined, 200],
    ['POST', `${path}/cancel`, { cancelOrders: true }, 200],
  ]
  for (const [method, url, body, status] of steps) {
    const answer = await server.ask(method, url, { as: organiser, ...(body && { body }) })
    assert.equal(answer.status, status, `${method} ${url} ${JSON.stringify(answer.json)}`)
  }
  assert.deepEqual(await server.versionsSent(), [3, 4, 5, 6, 7, 8, 9, 10])
  assert(server.world.woken >= steps.length)

  const { json } = await server.ask('GET', path)
  assert.equal(json.status, 'cancelled')
  assert.deepEqual(
    json.ticketTypes.map(({ name }: { name: string }) => name),
    ['VIP'],
  )
})

test('an event is shown as it was described, its instants in UTC', async () => {
  const { path } = await server.aPublished({
    endsAt: '2030-02-01T16:00:00.5Z',
    facilities: ['Musala'],
    bannerPath: '/banners/a.svg',
    category: 'concert',
    ticketTypes: [{ ...regular, validUntil: '2030-01-31T17:00:00Z', seatsPerRow: 10 }],
  })
  const { json } = await server.ask('GET', path)
  const { id, organiserId, ticketTypes, ...shown } = json
  assert(fromPublicId('event', id).ok)
  assert.equal(organiserId, toPublicId('user', organiser.userId))
  assert.deepEqual(shown, {
    version: 2,
    status: 'published',
    title: 'Malam Keroncong',
    description: '',
    category: 'concert',
    facilities: ['Musala'],
    bannerPath: '/banners/a.svg',
    location: 'Solo',
    startsAt: '2030-02-01T12:00:00.000Z',
    endsAt: '2030-02-01T16:00:00.500Z',
    timeZone: 'Asia/Jakarta',
    currency: 'IDR',
    refundable: false,
    ordersPerBuyerMax: null,
    ticketsPerBuyerMax: null,
    holdSeconds: null,
    createdAt: now.toISOString(),
  })
  const { id: ticketTypeId, ...ticketType } = ticketTypes[0]
  assert(fromPublicId('tickettype', ticketTypeId).ok)
  assert.deepEqual(ticketType, {
    position: 0,
    name: 'Regular',
    description: '',
    unitPrice: 100_000,
    capacity: 100,
    ticketsPerOrderMax: 10,
    validFrom: null,
    validUntil: '2030-01-31T17:00:00.000Z',
    seatsPerRow: 10,
  })
})

test('changes of different terms at the same time are all kept', async () => {
  const { path } = await server.aPublished()
  const bodies = [{ title: 'B' }, { location: 'Yogya' }, { refundable: true }]
  await Promise.all(bodies.map((body) => server.ask('PATCH', path, { as: organiser, body })))
  const { json } = await server.ask('GET', path)
  assert.deepEqual([json.title, json.location, json.refundable], ['B', 'Yogya', true])
  assert.deepEqual(await server.versionsSent(), [2, 3, 4, 5])
})

test('a change is answered although booking does not catch up', async () => {
  server.world.stock = undefined
  const { path } = await server.aPublished()
  assert.equal((await server.ask('GET', path)).json.status, 'published')
})

for (const what of ['event', 'ticket type'] as const) {
  test(`makes one ${what} per key, and another without a key`, async () => {
    const url = what === 'event' ? '/events' : `${(await server.aPublished()).path}/ticket-types`
    const body = what === 'event' ? { ...terms, ticketTypes: [regular] } : regular
    const send = (content: object, headers = {}) =>
      server.ask('POST', url, { as: organiser, body: content, headers })
    const key = { 'idempotency-key': 'k' }
    const first = await send(body, key)
    assert.equal(first.status, 201)
    const again = await send(body, key)
    assert.deepEqual([again.status, again.json], [201, first.json])
    assert.notEqual((await send(body)).json.id, first.json.id)
    const other = await send({ ...body, ...terms, ...regular, name: 'B' }, key)
    if (what === 'ticket type') assert.equal(other.status, 400)
    const reused = await send(what === 'event' ? terms : { ...regular, name: 'B' }, key)
    assert.deepEqual([reused.status, reused.code], [422, 'idempotency-key-reused'])
    const badKey = await send(body, { 'idempotency-key': 'with space' })
    assert.equal(badKey.status, 400)
  })
}

test("one organiser's key is not another's", async () => {
  const send = (as: Principal) =>
    server.ask('POST', '/events', { as, body: terms, headers: { 'idempotency-key': 'k' } })
  assert.notEqual((await send(organiser)).json.id, (await send(otherOrganiser)).json.id)
})
