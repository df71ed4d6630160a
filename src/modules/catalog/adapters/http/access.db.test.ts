import assert from 'node:assert'
import { after, before, beforeEach, test } from 'node:test'
import { toPublicId } from '../../../../kernel/id.ts'
import type { Principal } from '../../../../kernel/principal.ts'
import {
  admin,
  doorStaff,
  organiser,
  otherOrganiser,
  stranger,
  uuid,
} from '../../../../../tests/support/catalog.ts'
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

test('only organisers and administrators make events', async () => {
  for (const [as, status] of [
    [organiser, 201],
    [admin, 201],
    [stranger, 403],
    [undefined, 401],
  ] as const) {
    assert.equal(
      (await server.ask('POST', '/events', { ...(as && { as }), body: terms })).status,
      status,
    )
  }
})

test('a draft is there for its organiser, its staff and administrators alone', async () => {
  const { path } = await server.aDraft()
  const staff = `${path}/staff/${toPublicId('user', doorStaff.userId)}`
  assert.equal((await server.ask('GET', path, { as: doorStaff })).status, 404)
  await server.ask('PUT', staff, { as: organiser })
  for (const as of [organiser, admin, doorStaff]) {
    const answer = await server.ask('GET', path, { as })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['cache-control'], 'private, no-store')
  }
  for (const as of [otherOrganiser, stranger, undefined]) {
    const answer = await server.ask('GET', path, as && { as })
    assert.deepEqual([answer.status, answer.code], [404, 'event-not-found'])
  }
  const key = { ...organiser, scopes: ['events:write'] }
  assert.equal((await server.ask('GET', path, { as: key })).status, 403)
  assert.equal(
    (await server.ask('GET', path, { as: { ...key, scopes: ['events:read'] } })).status,
    200,
  )
})

test('every change is refused to others: as unknown of a draft, as forbidden of an event on sale', async () => {
  const draft = await server.aDraft()
  const published = await server.aPublished()
  const staff = `staff/${toPublicId('user', uuid(9))}`
  const requests = ({ path, typePath }: MadeEvent): [Method, string, object?][] => [
    ['PATCH', path, { title: 'B' }],
    ['POST', `${path}/publish`],
    ['POST', `${path}/cancel`, {}],
    ['POST', `${path}/ticket-types`, regular],
    ['PATCH', typePath, { capacity: 1 }],
    ['DELETE', typePath],
    ['GET', `${path}/staff`],
    ['PUT', `${path}/${staff}`],
    ['DELETE', `${path}/${staff}`],
  ]
  const sent = await server.versionsSent()
  for (const as of [otherOrganiser, stranger]) {
    for (const [method, url, body] of requests(draft)) {
      const answer = await server.ask(method, url, { as, ...(body && { body }) })
      assert.deepEqual([answer.status, answer.code], [404, 'event-not-found'], `${method} ${url}`)
    }
    for (const [method, url, body] of requests(published)) {
      const answer = await server.ask(method, url, { as, ...(body && { body }) })
      assert.deepEqual([answer.status, answer.code], [403, 'forbidden'], `${method} ${url}`)
    }
  }
  for (const [method, url, body] of requests(published)) {
    assert.equal((await server.ask(method, url, body && { body })).status, 401)
    const key = { ...organiser, scopes: [] }
    assert.equal((await server.ask(method, url, { as: key, ...(body && { body }) })).status, 403)
  }
  assert.deepEqual(await server.versionsSent(), sent)
})

test('an administrator may change what an organiser made, and reads its staff', async () => {
  const { path } = await server.aPublished()
  assert.equal((await server.ask('PATCH', path, { as: admin, body: { title: 'B' } })).status, 200)
  const userId = toPublicId('user', doorStaff.userId)
  await server.ask('PUT', `${path}/staff/${userId}`, { as: admin })
  const { json } = await server.ask('GET', `${path}/staff`, { as: admin })
  assert.deepEqual(json, { staff: [{ userId }] })
})

test('an organiser lists their own events, an administrator all, a buyer none', async () => {
  const { id } = await server.aDraft()
  await server.ask('POST', '/events', { as: otherOrganiser, body: terms })
  const list = async (as: Principal) => await server.ask('GET', '/organiser/events', { as })
  assert.deepEqual(
    (await list(organiser)).json.events.map((event: { id: string }) => event.id),
    [id],
  )
  assert.equal((await list(admin)).json.events.length, 2)
  assert.equal((await list(stranger)).status, 403)
})
