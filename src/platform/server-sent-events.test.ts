import assert from 'node:assert'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { closeHttp } from './http-listen.ts'
import { createHttpServer } from './http-server.ts'
import { streamChanges } from './server-sent-events.ts'

async function* ticks(signal: AbortSignal, ended: () => void) {
  for (let n = 1; !signal.aborted; n++) {
    yield n
    await sleep(5, undefined, { signal }).catch(() => {})
  }
  ended()
}

async function listening(ended: () => void) {
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: '1',
    authenticate: async () => undefined,
  })
  http.get('/ticks', (request, reply) =>
    streamChanges(request, reply, (signal) => ticks(signal, ended)),
  )
  return { http, address: await http.listen({ port: 0 }) }
}

test('values arrive one by one, and stop being made when the reader goes away', async () => {
  const ended = Promise.withResolvers<void>()
  const { http, address } = await listening(ended.resolve)
  const reading = new AbortController()
  const answer = await fetch(`${address}/ticks`, { signal: reading.signal })
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  let text = ''
  for await (const chunk of answer.body!) {
    text += new TextDecoder().decode(chunk)
    if (text.includes('data: 3\n\n')) break
  }
  assert.match(text, /^data: 1\n\ndata: 2\n\n/)
  reading.abort()
  await ended.promise
  await closeHttp(http)
})

test('a server that closes does not wait for its readers', async () => {
  const { http, address } = await listening(() => {})
  const answer = await fetch(`${address}/ticks`)
  const rest = answer.text()
  const startedAt = performance.now()
  await closeHttp(http)
  assert.ok(performance.now() - startedAt < 2_000)
  assert.match(await rest, /data: 1/)
})
