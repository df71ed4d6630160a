import { countIn, differs, drive, driveWarm, verify } from '../drive.ts'
import { buyerNumber, type Step } from '../step.ts'
import {
  atLeast,
  atMost,
  besideNull,
  figuresOf,
  ofNull,
  sumOf,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { startCannedServer, startProgram } from '../servers.ts'
import { bytesOf, call, until } from '../shop.ts'

/** So that orders of the first seconds are cancelled while the last ones come in. */
const cancelSeconds = 15

type Categories = { data: { id: number }[] }

/** What the load test of the original does: look, order, and three of four pay. */
function buyers(categories: Categories): Step[][] {
  const look: Step = { name: 'categories', method: 'GET', path: '/categories' }
  const pay: Step = {
    name: 'pay',
    method: 'POST',
    path: '/payments/callback',
    body: '{"order_id":"{{order}}","status_code":"200","transaction_status":"settlement"}',
  }
  return categories.data.flatMap(({ id }) =>
    [true, true, true, false].map((pays) => {
      const order: Step = {
        name: 'order',
        method: 'POST',
        path: '/orders',
        body: `{"email":"buyer-${buyerNumber}@bench.example","category_id":${id}}`,
        keep: { order: '"id":"([^"]+)"' },
      }
      return pays ? [look, order, pay] : [look, order]
    }),
  )
}

async function* run(bench: Bench): AsyncGenerator<Outcome> {
  const { ground, quick, say } = bench
  const seconds = quick ? bench.seconds : Math.max(bench.seconds, 30)
  const connections = bench.connections?.[0] ?? (quick ? 64 : 1000)
  say('starting the program with its demo concert')
  const karcis = await startProgram(ground, {
    CONTRACTS: 'concert',
    DEMO_DATA: 'true',
    CONCERT_UNSIGNED_CALLBACKS: 'true',
    CONCERT_CANCEL_SECONDS: String(cancelSeconds),
  })
  const list = await bytesOf(karcis, '/categories')
  const flows = buyers(JSON.parse(list) as Categories)
  const placed = await call(karcis, 'POST /orders', {
    email: 'first@bench.example',
    category_id: 1,
  })
  const nothing = await startCannedServer(ground, [
    { method: 'GET', path: '/categories', status: 200, body: list },
    { method: 'POST', path: '/orders', status: 201, body: JSON.stringify(placed) },
    { method: 'POST', path: '/payments/callback', status: 200, body: '{"message":"ok"}' },
  ])

  const load = { connections, flows, good: ['200', '201', '404', '409'] }
  say(`${connections} connections: null server`)
  const bare = await driveWarm(ground, nothing, { ...load, seconds: Math.min(seconds, 10) })
  say(`${connections} connections, ${seconds} s: karcis`)
  const running = await drive(ground, karcis, { ...load, seconds })

  const ordered = running.steps['order']?.statuses['201'] ?? 0
  const paid = running.steps['pay']?.statuses['200'] ?? 0
  say('waiting until whoever paid has a ticket, and whoever did not is cancelled')
  const count = (status: string) =>
    countIn(karcis, 'select count(*) from booking.orders where status = $1', [status])
  const isDone = async () => (await count('paid')) >= paid && (await count('pending')) === 0
  const problems = (await until(isDone, quick ? 60 : 180)) ? [] : ['orders are left unfinished']
  yield {
    scenario: 'concert-flow',
    level: `${connections.toLocaleString('en')} connections`,
    unit: 'requests',
    figures: {
      ...figuresOf(running, sumOf(running.statuses)),
      ...besideNull(running.perSecond, bare),
      ordersPlaced: ordered,
      ordersPaid: paid,
    },
    targets: [
      atLeast('of the null server', running.perSecond / bare.perSecond, 0.4),
      atLeast('requests/s', running.perSecond, 6000),
      atMost('p95 ms', running.p95Ms, 250),
    ],
    problems: [
      ...ofNull(bare.problems),
      ...running.problems,
      ...problems,
      // One more than the load placed: its answer is what the null server gives.
      ...(await differs(karcis, 'orders', ordered + 1, ['select count(*) from booking.orders'])),
      ...(await differs(karcis, 'paid orders', paid, [
        `select count(*) from booking.orders where status = 'paid'`,
      ])),
      ...(await verify(karcis)),
    ],
  }
}

export const concertFlow: Scenario = {
  about: 'the concert contract: look, order, three of four pay, the fourth is cancelled',
  run,
}
