import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { redisTurns } from '../../src/platform/redis-turns.ts'

/** Of a real Redis, such as an operator has; without one it is not tried. */
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const limit = () => ({ name: `test-${randomUUID()}`, perMinute: 60 })

const isRunning = await new Promise<boolean>((resolve) => {
  const { hostname, port } = new URL(redisUrl)
  const socket = connect(Number(port || 6379), hostname)
  socket.once('connect', () => resolve(socket.destroy() && true))
  socket.once('error', () => resolve(false))
})
const skip = isRunning ? false : `no Redis answers at ${redisUrl}`

test('processes that share a Redis share the allowances', { skip }, async (t) => {
  const log = pino({ level: 'silent' })
  const [one, other] = [redisTurns(redisUrl, log), redisTurns(redisUrl, log)]
  t.after(() => [one, other].forEach(({ close }) => close()))
  await sleep(300)
  const shared = { ...limit(), perMinute: 3 }
  const waits = []
  for (const turns of [one, other, one, other]) waits.push(await turns.takeTurn(shared, 'sari'))
  assert.deepEqual(waits, [0, 0, 0, 20])
  assert.equal(await one.takeTurn(shared, 'budi'), 0)

  const quick = limit()
  for (let i = 0; i < 60; i++) await one.takeTurn(quick, 'sari')
  assert.equal(await one.takeTurn(quick, 'sari'), 1)
  await sleep(1_100)
  assert.equal(await other.takeTurn(quick, 'sari'), 0, 'one a second comes back')
})

test('without its Redis a process counts for itself, and says so once', async (t) => {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  const { takeTurn, close } = redisTurns('redis://127.0.0.1:1', log)
  t.after(close)
  const one = { ...limit(), perMinute: 1 }
  assert.equal(await takeTurn(one, 'sari'), 0)
  assert.equal(await takeTurn(one, 'sari'), 60)
  assert.equal(await takeTurn(one, 'budi'), 0)
  await sleep(500)
  assert.equal(lines.length, 1)
  assert.match(String(lines[0]), /Redis does not answer/)
})
