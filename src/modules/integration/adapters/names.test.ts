import assert from 'node:assert'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { publicNames } from './names.ts'

/** A DNS server that knows one name: `both.example` has an IPv4 and an IPv6 address. */
async function dnsServer() {
  const socket = createSocket('udp4')
  const addresses: Record<number, Buffer> = {
    1: Buffer.from([93, 184, 216, 34]),
    28: Buffer.from('26062800022000010000000000000001', 'hex'),
  }
  socket.on('message', (query, { port, address }) => {
    const nameEnd = query.indexOf(0, 12)
    const question = query.subarray(12, nameEnd + 5)
    const known = question.includes('both')
    const data = addresses[query.readUInt16BE(nameEnd + 1)]
    const answers = known && data ? [answer(query.readUInt16BE(nameEnd + 1), data)] : []
    const header = Buffer.from([
      0,
      0,
      0x81,
      known ? 0x80 : 0x83,
      0,
      1,
      0,
      answers.length,
      0,
      0,
      0,
      0,
    ])
    query.copy(header, 0, 0, 2)
    socket.send(Buffer.concat([header, question, ...answers]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    at: `127.0.0.1:${socket.address().port}`,
    [Symbol.dispose]: () => void socket.close(),
  }
}

const answer = (type: number, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data])

test('a name is asked of the DNS server, for addresses of both kinds', async () => {
  using server = await dnsServer()
  const resolve = publicNames([server.at])
  assert.deepEqual(await resolve('both.example'), [
    { address: '93.184.216.34', family: 4 },
    { address: '2606:2800:220:1::1', family: 6 },
  ])
  await assert.rejects(resolve('nobody.example'), { code: 'ENOTFOUND' })
})
