import assert from 'node:assert'
import path from 'node:path'
import { after, before, test } from 'node:test'
import newman, { type Summary } from 'newman'
import { openShop, type Shop } from '../support/shop.ts'
import { runHttpFile } from '../tours/run-http-file.ts'

const docs = path.resolve(import.meta.dirname, '../../docs')
/** What the contract of the concert answers to a callback without a signature. */
const unsigned = { callbackAnswer: '200', unknownAnswer: '404', callbackOutcome: 'paid' }

let shop: Shop
before(async () => {
  shop = await openShop({ CONCERT_UNSIGNED_CALLBACKS: 'true' })
})
after(() => shop[Symbol.asyncDispose]())

function runCollection(name: string, variables: Record<string, string>): Promise<Summary> {
  const { promise, resolve, reject } = Promise.withResolvers<Summary>()
  newman.run(
    {
      collection: path.join(docs, 'postman', `${name}.json`),
      workingDir: path.join(docs, 'postman'),
      envVar: Object.entries(variables).map(([key, value]) => ({ key, value })),
      timeout: 60_000,
    },
    (error, summary) => (error ? reject(error) : resolve(summary)),
  )
  return promise
}

for (const [name, variables] of Object.entries({
  festival: {},
  services: {},
  tedx: {},
  concert: unsigned,
  v1: {},
})) {
  test(`the collection ${name} is a tour without a failure`, async (t) => {
    const { run } = await runCollection(name, { baseUrl: shop.url, ...variables })
    const failures = run.failures.map(
      ({ source, error }) => `${source?.name}: ${error.name}: ${error.message}`,
    )
    assert.deepEqual(failures, [])
    t.diagnostic(`${run.stats.requests.total} requests, ${run.stats.assertions.total} checks`)
    assert.ok(run.stats.assertions.total > run.stats.requests.total, 'few checks were made')
  })
}

// On the same database, so that it is also seen that a tour can be made again.
test('docs/karcis.http is the same tours', async (t) => {
  const { requests, checks } = await runHttpFile(path.join(docs, 'karcis.http'), {
    baseUrl: shop.url,
    concertCallbackAnswer: '200',
    concertUnknownAnswer: '404',
    concertCallbackOutcome: 'paid',
  })
  t.diagnostic(`${requests} requests, ${checks} checks`)
})
