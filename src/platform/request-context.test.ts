import assert from 'node:assert'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { createHttpServer } from './http-server.ts'
import { currentRequestId, onBehalfOf } from './request-context.ts'

test('a request knows its id, also when its body comes late on a connection that others used', async () => {
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    authenticate: async () => undefined,
    version: 'test',
  })
  http.post('/', async () => {
    await pause(1)
    return { own: currentRequestId() }
  })
  await http.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((http.server.address() as AddressInfo).port, '127.0.0.1')
  let answers = ''
  socket.on('data', (chunk) => (answers += chunk))

  for (const id of ['first', 'second', 'third']) {
    const headers = `content-type: application/json\r\ncontent-length: 21\r\nx-request-id: ${id}`
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n`)
    await pause(20)
    socket.write('{"body":"it')
    await pause(20)
    socket.write(' is late"}')
    for (let i = 0; i < 200 && !answers.includes(`"own":"${id}"`); i++) await pause(5)
  }
  socket.end()
  await once(socket, 'close')
  await http.close()
  const owners = [...answers.matchAll(/\{"own":"(\w+)"\}/g)].map(([, id]) => id)
  assert.deepEqual(owners, ['first', 'second', 'third'])
})

test('work that was started on behalf of a request ends so, whatever runs beside it', async () => {
  const seen = await Promise.all(
    ['a', 'b', undefined].map((id) =>
      onBehalfOf(id, async () => {
        await pause(5)
        return currentRequestId()
      }),
    ),
  )
  assert.deepEqual(seen, ['a', 'b', undefined])
  assert.equal(currentRequestId(), undefined)
})
