import assert from 'node:assert'
import { after, before, beforeEach, test } from 'node:test'
import { organiser } from '../../../../../tests/support/catalog.ts'
import { startCatalog, type CatalogServer } from '../../../../../tests/support/catalog-http.ts'

let server: CatalogServer
before(async () => {
  server = await startCatalog()
})
after(() => server.stop())
beforeEach(() => server.reset())

const page = async (query = '') => (await server.ask('GET', `/events${query}`)).json
const idsOf = ({ events }: { events: { id: string }[] }) => events.map(({ id }) => id)

test('the list shows a change of this process at once, of another when it is old', async () => {
  const { id, path } = await server.aPublished()
  assert.deepEqual(idsOf(await page()), [id])
  await server.ask('PATCH', path, { as: organiser, body: { title: 'B' } })
  assert.equal((await page()).events[0].title, 'B')
  assert.equal((await server.ask('GET', path)).json.title, 'B')

  await server.pool.query(`update catalog.events set title = 'C'`)
  server.world.millisPassed = 2_999
  assert.equal((await page()).events[0].title, 'B')
  assert.equal((await server.ask('GET', path)).json.title, 'B')
  assert.equal((await page('?q=c')).events[0].title, 'C')
  server.world.millisPassed = 3_000
  assert.equal((await page()).events[0].title, 'C')
  assert.equal((await server.ask('GET', path)).json.title, 'C')
})

test('pages of one query follow each other, whatever else was asked', async () => {
  const ids = []
  for (const category of ['talk', 'festival', 'talk'])
    ids.push((await server.aPublished({ category })).id)
  const sorted = ids.toSorted()
  const first = await page('?limit=2')
  const second = await page(`?limit=2&cursor=${first.nextCursor}`)
  assert.deepEqual([...idsOf(first), ...idsOf(second)], sorted)
  assert.equal(second.nextCursor, null)
  assert.deepEqual(idsOf(await page('?category=festival')), [ids[1]])
  assert.deepEqual(idsOf(await page()), sorted)
  assert.deepEqual(idsOf(await page('?from=2030-02-01T12:00:00.001Z')), [])
  assert.deepEqual(idsOf(await page('?to=2030-02-01T12:00:00.001Z&q=solo')), sorted)
})

test('a reader who has the answer already is told so', async () => {
  const { path } = await server.aPublished()
  for (const url of ['/events', path]) {
    const { headers } = await server.ask('GET', url)
    const etag = String(headers['etag'])
    assert.match(etag, /^"[\w-]+"$/)
    assert.equal(headers['cache-control'], 'public, max-age=0, s-maxage=3')
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
    const revalidate = async (tag: string) =>
      await server.ask('GET', url, { headers: { 'if-none-match': tag } })
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await revalidate(tag)
      assert.deepEqual([answer.status, answer.json], [304, undefined], tag)
      assert.equal(answer.headers['etag'], etag)
    }
    assert.equal((await revalidate('"other"')).status, 200)
    await server.ask('PATCH', path, { as: organiser, body: { title: 'B' } })
    assert.equal((await revalidate(etag)).status, 200)
  }
})
