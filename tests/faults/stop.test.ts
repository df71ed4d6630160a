import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { runningDatabaseUrl } from '../../src/platform/embedded-postgres.ts'
import { startProgram, type Program } from '../support/program.ts'
import {
  furnish,
  leaveNothing,
  logIn,
  onSale,
  send,
  until,
  verified,
  wanted,
  type Caller,
  type ShopEvent,
} from '../support/shop.ts'

const buyersCount = 20
/** So many orders are answered when it is told to stop. */
const ordersBefore = 60
const stopMillisMax = 15_000

let folder: string
let dataDir: string
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'karcis-stop-'))
  dataDir = path.join(folder, 'data')
  await furnish(dataDir)
})
after(() => leaveNothing(folder))

const start = (env: Record<string, string> = {}): Program => startProgram(dataDir, { env })

async function onDatabase<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: await runningDatabaseUrl(dataDir) })
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

/** A request of which everything has arrived but the last line. */
async function beginRequest(url: string, target: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\n`)
  return socket
}

/** Whether nobody new is let in. */
const isClosed = (url: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket
      .on('error', () => resolve(true))
      .on('connect', () => {
        socket.destroy()
        resolve(false)
      })
  })

async function finishRequest(socket: Socket): Promise<string> {
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  socket.write('\r\n')
  await once(socket, 'end')
  return answer
}

test('stopped in the middle of a sale, it sends new work away and finishes what it took on', async (t) => {
  const program = start()
  const nobody = { url: await program.ready, headers: {} }
  const organiser = await logIn(nobody, 'organiser@karcis.test', 'karcis-demo')
  const event = await onSale({ organiser }, { capacity: 100_000 })
  let answers = 0
  const selling = Promise.all(
    Array.from({ length: buyersCount }, () => buy(nobody, event, () => ++answers)),
  )
  const late = await Promise.all(
    ['/readyz', '/v1/events'].map((target) => beginRequest(nobody.url, target)),
  )
  while (answers < ordersBefore) await sleep(10)
  const stoppedAt = performance.now()
  process.kill(program.pid, 'SIGTERM')
  await until(() => isClosed(nobody.url), Boolean)
  for (const answer of await Promise.all(late.map(finishRequest))) {
    assert.match(answer, /^HTTP\/1\.1 503 /)
    assert.match(answer, /^connection: close\r$/im)
  }
  const answered = (await selling).reduce((sum, taken) => sum + taken)
  assert.deepEqual([(await program.ended).code, (await program.ended).errors], [0, ''])
  assert(performance.now() - stoppedAt < stopMillisMax)
  t.diagnostic(`${answered} orders were answered`)

  // Nobody takes up jobs now: those that are locked were left so by the worker that stopped.
  const again = start({ WORKER: 'none' })
  await again.ready
  const [jobs] = await onDatabase<{ waiting: number; locked: number }>(
    `select count(*)::int as waiting, count(locked_by)::int as locked
     from graphile_worker._private_jobs`,
  )
  t.diagnostic(`${jobs?.waiting} jobs are left`)
  assert.equal(jobs?.locked, 0, 'jobs that were not begun are handed back')
  const [placed] = await onDatabase<{ count: number }>(
    'select count(*)::int as count from booking.orders',
  )
  assert.equal(placed?.count, answered, 'each order that was placed was answered')
  const { kept, printed } = verified(dataDir)
  assert(kept, printed)
  again.interrupt()
  assert.equal((await again.ended).code, 0)
})

/** Places one order after another until nobody is let in any more; resolves to how many were taken. */
async function buy(nobody: Caller, event: ShopEvent, onAnswer: () => void): Promise<number> {
  for (let taken = 0; ; taken++) {
    const body = {
      ...wanted(event),
      buyer: { name: 'Sari Dewi', email: 'sari@example.test' },
      payment: { method: 'invoice' },
    }
    const key = { 'idempotency-key': randomUUID() }
    const answer = await send(nobody, 'POST /v1/orders', body, key).catch(() => undefined)
    if (!answer || answer.status === 503) return taken
    assert(answer.status < 300, JSON.stringify(answer.body))
    onAnswer()
  }
}
