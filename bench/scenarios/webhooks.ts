import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { concertFor } from '../concert.ts'
import { countIn, differs, drive, driveWarm, verify } from '../drive.ts'
import type { Step } from '../step.ts'
import { makeUnpaid, settleTables } from '../rows.ts'
import {
  atLeast,
  besideNull,
  figuresOf,
  ofNull,
  round,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { putOnSale, startCannedServer, startGateway, startProgram } from '../servers.ts'
import { until } from '../shop.ts'

const callbackToken = 'callback-token-of-the-bench'

/**
 * A gateway reports payments as fast as it is answered. Each is kept, confirmed by asking the
 * gateway, and settles its order, which then gets its tickets and its mail as always.
 */
async function* run({ ground, quick, connections, say }: Bench): AsyncGenerator<Outcome> {
  const payments = quick ? 300 : 20_000
  const level = connections?.[0] ?? 64
  const concert = concertFor(payments)
  const ticketType = concert.ticketTypes[2]!
  say('starting a gateway and the program')
  const gateway = await startGateway(ground, ticketType.unitPrice)
  const karcis = await startProgram(ground, {
    PAYMENT_GATEWAY: 'xendit',
    XENDIT_SECRET_KEY: 'xnd_development_bench',
    XENDIT_CALLBACK_TOKEN: callbackToken,
    XENDIT_URL: `http://127.0.0.1:${gateway.port}`,
  })
  await putOnSale(karcis, [concert])
  say(`making ${payments} unpaid orders`)
  const ids = await makeUnpaid(karcis.database, { offer: concert, ticketType, count: payments })
  await settleTables(karcis.database)
  const file = path.join(ground.folder, 'payments')
  await writeFile(file, ids.join('\n'))
  const report: Step = {
    name: 'webhook',
    method: 'POST',
    path: '/v1/webhooks/xendit',
    headers: { 'x-callback-token': callbackToken },
    body: JSON.stringify({
      id: 'invoice-{{line}}',
      external_id: '{{line}}',
      status: 'PAID',
      amount: ticketType.unitPrice,
      paid_amount: ticketType.unitPrice,
      currency: 'IDR',
      expiry_date: '2099-01-01T00:00:00.000Z',
    }),
  }
  const load = {
    connections: level,
    buyers: payments,
    flows: [[report]],
    lines: { file, by: 'buyer' as const },
    good: ['200'],
  }
  const nothing = await startCannedServer(ground, [
    { method: 'POST', path: report.path, status: 200, body: '{"received":true}' },
  ])
  say('null server')
  const bare = await driveWarm(ground, nothing, load)
  say(`${payments} webhooks: karcis`)
  const before = karcis.cost()
  const startedAt = performance.now()
  const received = await drive(ground, karcis, load)
  const paid = `select count(*) from booking.orders where status = 'paid'`
  const isSettled = await until(async () => (await countIn(karcis, paid)) >= payments, 300)
  const tookSeconds = (performance.now() - startedAt) / 1000
  const after = karcis.cost()

  const perSecond = Math.round(payments / tookSeconds)
  const whole = {
    ...received,
    serverCpuSeconds: after.serverCpuSeconds - before.serverCpuSeconds,
    databaseCpuSeconds: after.databaseCpuSeconds - before.databaseCpuSeconds,
  }
  yield {
    scenario: 'webhooks',
    level: 'xendit',
    unit: 'settled payments',
    figures: {
      ...figuresOf(whole, payments),
      perSecond,
      ...besideNull(perSecond, bare),
      receivedPerSecond: received.perSecond,
      tookSeconds: round(tookSeconds, 1),
    },
    targets: [atLeast('settled/s', perSecond, 3000)],
    problems: [
      ...ofNull(bare.problems),
      ...received.problems,
      ...(isSettled ? [] : ['payments are not settled after five minutes']),
      ...(await differs(karcis, 'paid orders', payments, [paid])),
      ...(await differs(karcis, 'settled payments', payments, [
        `select count(*) from payment.payments where status = 'settled'`,
      ])),
      ...(await verify(karcis)),
    ],
  }
}

export const webhooks: Scenario = {
  about: 'payments reported by Xendit until all are settled',
  run,
}
