import assert from 'node:assert'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { addressRules } from './addresses.ts'
import { systemNames } from './names.ts'
import { webhookSender } from './webhook-sender.ts'

const rules = addressRules({ privateAddresses: true })
const never = new AbortController().signal
const loopback = { address: '127.0.0.1', family: 4 }

/** A server on loopback that counts its requests. */
async function receiver(answer: RequestListener) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    requests,
    port,
    url: `http://127.0.0.1:${port}/hook?a=b`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

const request = (url: string) => ({ url, headers: { 'webhook-id': 'd1' }, body: '{"é":1}' })

test('a body is posted as it is, and the answer noted', async () => {
  let got = ''
  await using server = await receiver(async (request, response) => {
    for await (const chunk of request) got += chunk
    response.writeHead(202).end('thanks')
  })
  const outcome = await webhookSender({ rules, resolve: systemNames })(request(server.url), never)
  assert.partialDeepStrictEqual(outcome, { status: 202, response: 'thanks' })
  assert.ok(outcome && outcome.millis >= 0 && outcome.millis < 5_000)
  assert.equal(got, '{"é":1}')
  const [{ method, url, headers } = {}] = server.requests
  assert.deepEqual([method, url, headers?.['webhook-id']], ['POST', '/hook?a=b', 'd1'])
})

test('a redirect is not followed', async () => {
  await using elsewhere = await receiver((_, response) => response.end())
  await using server = await receiver((_, response) =>
    response.writeHead(307, { location: elsewhere.url }).end(),
  )
  const outcome = await webhookSender({ rules, resolve: systemNames })(request(server.url), never)
  assert.equal(outcome?.status, 307)
  assert.equal(elsewhere.requests.length, 0)
})

test('of a long answer one kilobyte is kept, of an endless one as well', async () => {
  await using server = await receiver((_, response) => {
    const write = () => {
      if (response.destroyed) return
      if (response.write('x\0'.repeat(4_096))) setImmediate(write)
      else response.once('drain', write)
    }
    write()
  })
  const outcome = await webhookSender({ rules, resolve: systemNames })(request(server.url), never)
  assert.equal(outcome?.status, 200)
  assert.equal(outcome?.response, 'x\uFFFD'.repeat(512))
  assert.ok(outcome && outcome.millis < 5_000, 'nobody waits for its end')
})

test('who does not answer in time has not answered, and who answers in drops has', async () => {
  await using silent = await receiver(() => {})
  await using slow = await receiver((_, response) => void response.writeHead(200).write('o'))
  const send = webhookSender({ rules, resolve: systemNames, millisMax: 100 })
  assert.equal((await send(request(silent.url), never))?.error, 'timeout')
  assert.partialDeepStrictEqual(await send(request(slow.url), never), {
    status: 200,
    response: 'o',
  })
})

test('an attempt that the program ends is no attempt', async () => {
  const stop = new AbortController()
  await using server = await receiver(() => stop.abort())
  assert.equal(
    await webhookSender({ rules, resolve: systemNames })(request(server.url), stop.signal),
    undefined,
  )
})

test('nobody there is told from nobody known', async () => {
  const gone = await receiver(() => {})
  await gone[Symbol.asyncDispose]()
  const send = webhookSender({
    rules,
    resolve: async () => {
      throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' })
    },
  })
  assert.equal((await send(request(gone.url), never))?.error, 'no-connection')
  assert.equal((await send(request('http://nobody.example/'), never))?.error, 'unknown-host')
})

test('a name that leads inside is refused, also when it leads outside as well', async () => {
  await using server = await receiver((_, response) => response.end())
  const strict = addressRules({ privateAddresses: false })
  // The name stands for an allowed URL; only where it leads is wrong.
  const lax = { ...strict, refusalOf: () => undefined }
  const url = `http://hook.example:${server.port}/`
  const outsideToo = [{ address: '93.184.216.34', family: 4 }, loopback]
  for (const found of [[loopback], outsideToo]) {
    const send = webhookSender({ rules: lax, resolve: async () => found })
    assert.equal((await send(request(url), never))?.error, 'address-not-allowed')
  }
  assert.equal(
    (await webhookSender({ rules: strict, resolve: systemNames })(request(server.url), never))
      ?.error,
    'address-not-allowed',
  )
  assert.equal(server.requests.length, 0)
})

test('a name is asked for once per attempt, and what it leads to then is what is reached', async () => {
  await using server = await receiver((_, response) => response.end())
  const answers = [loopback, { address: '169.254.169.254', family: 4 }]
  let asked = 0
  const resolve = async () => [answers[asked++]!]
  const send = webhookSender({ rules, resolve })
  const url = `http://hook.example:${server.port}/`

  assert.equal((await send(request(url), never))?.status, 200)
  assert.equal(asked, 1, 'between judging and connecting the name is not asked for again')
  // Now it leads elsewhere: a connection kept from before would not notice.
  assert.equal((await send(request(url), never))?.error, 'address-not-allowed')
  assert.equal(server.requests.length, 1)
  assert.equal(server.requests[0]?.headers.host, `hook.example:${server.port}`)
})
