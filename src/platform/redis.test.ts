import assert from 'node:assert'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { redisPages } from './redis-pages.ts'
import { redisTurns } from './redis-turns.ts'
import { openRedis } from './redis.ts'

test('without its Redis a process does all for itself, and says so once', async (t) => {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  const redis = openRedis('redis://127.0.0.1:1', log)
  t.after(redis.close)

  const takeTurn = redisTurns(redis, 'test')
  const one = { name: 'one', perMinute: 1 }
  assert.equal(await takeTurn(one, 'sari'), 0)
  assert.equal(await takeTurn(one, 'sari'), 60)
  assert.equal(await takeTurn(one, 'budi'), 0)

  const pages = redisPages(redis, 'test')
  const name = { group: 'events', key: 'first', refreshSeconds: 3 }
  pages.forget('events')
  const page = await pages.of(name, async () => Buffer.from('made here'))
  assert.deepEqual(page, { bytes: Buffer.from('made here'), freshMillis: 3_000 })
  await assert.rejects(
    pages.of(name, async () => assert.fail('no database')),
    /no database/,
  )

  await sleep(500)
  assert.equal(lines.length, 1)
  assert.match(String(lines[0]), /Redis does not answer/)
})
