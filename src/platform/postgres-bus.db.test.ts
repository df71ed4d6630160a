import assert from 'node:assert'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { createTestDatabase } from '../../tests/support/database.ts'
import { postgresBus } from './postgres-bus.ts'

test('what is logged of a failing delivery names its request, and not what the message says', async () => {
  await using database = await createTestDatabase()
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const bus = await postgresBus(
    database.pool,
    { subscribers: new Map([['order.paid', ['mail']]]), workQueues: [] },
    log,
  )
  await bus.publish([
    {
      specversion: '1.0',
      id: 'booking-1',
      source: 'booking',
      type: 'order.paid',
      subject: 'o',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      requestid: 'request-1',
      data: { order: { buyer: { name: 'Wulan Kartikasari' } } },
    },
  ])
  const stop = new AbortController()
  const failing = async () => {
    throw new Error('no such template')
  }
  const subscription = { module: 'mail', type: 'order.paid', handle: failing }
  const delivering = bus.deliver([subscription], stop.signal)
  const failed = () => lines.find((line) => line.includes('no such template'))
  for (let i = 0; i < 500 && !failed(); i++) await sleep(20)
  stop.abort()
  await delivering

  assert.equal(JSON.parse(failed() ?? '{}').requestId, 'request-1')
  assert.doesNotMatch(lines.join(''), /Wulan/)
})
