import { hash } from 'node:crypto'
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
const serverKey = 'SB-Mid-server-bench'

/** A gateway, and what it sends about a payment of `amount`. */
type Reporter = {
  way: { gateway: string; method: string; channel: string | null }
  env(url: string): Record<string, string>
  headers: Record<string, string>
  report(paymentId: string, amount: number): object
}

const reporters: Reporter[] = [
  {
    way: { gateway: 'xendit', method: 'invoice', channel: null },
    env: (url) => ({
      XENDIT_SECRET_KEY: 'xnd_development_bench',
      XENDIT_CALLBACK_TOKEN: callbackToken,
      XENDIT_URL: url,
      XENDIT_CALLS_PER_MINUTE: '10000000',
    }),
    headers: { 'x-callback-token': callbackToken },
    report: (paymentId, amount) => ({
      id: `made-${paymentId}`,
      external_id: paymentId,
      status: 'PAID',
      amount,
      paid_amount: amount,
      currency: 'IDR',
      expiry_date: '2099-01-01T00:00:00.000Z',
    }),
  },
  {
    way: { gateway: 'midtrans', method: 'va', channel: 'bca' },
    env: (url) => ({
      MIDTRANS_SERVER_KEY: serverKey,
      MIDTRANS_URL: url,
      MIDTRANS_SNAP_URL: url,
      MIDTRANS_CALLS_PER_MINUTE: '10000000',
    }),
    headers: {},
    report(paymentId, amount) {
      const gross_amount = amount.toFixed(2)
      return {
        transaction_id: `made-${paymentId}`,
        order_id: paymentId,
        status_code: '200',
        gross_amount,
        currency: 'IDR',
        payment_type: 'bank_transfer',
        transaction_status: 'settlement',
        transaction_time: '2026-11-20 12:00:00',
        fraud_status: 'accept',
        signature_key: hash('sha512', `${paymentId}200${gross_amount}${serverKey}`),
      }
    },
  },
]

/**
 * A gateway reports payments as fast as it is answered. Each is kept, confirmed by asking the
 * gateway, and settles its order, which then gets its tickets and its mail as always.
 */
async function* run(bench: Bench): AsyncGenerator<Outcome> {
  for (const reporter of reporters) yield await settled(bench, reporter)
}

async function settled(
  { ground, quick, connections, say }: Bench,
  { way, env, headers, report }: Reporter,
): Promise<Outcome> {
  const payments = quick ? 300 : 20_000
  const level = connections?.[0] ?? 64
  const concert = concertFor(payments)
  const ticketType = concert.ticketTypes[2]!
  say(`${way.gateway}: starting a gateway and the program`)
  const gateway = await startGateway(ground, ticketType.unitPrice)
  const settings = { PAYMENT_GATEWAY: way.gateway, ...env(`http://127.0.0.1:${gateway.port}`) }
  const karcis = await startProgram(ground, settings, `karcis-${way.gateway}`)
  await putOnSale(karcis, [concert])
  say(`making ${payments} unpaid orders`)
  const made = { offer: concert, ticketType, count: payments }
  const ids = await makeUnpaid(karcis.database, made, way)
  await settleTables(karcis.database)
  const file = path.join(ground.folder, `reports of ${way.gateway}`)
  const lines = ids.map((id) => JSON.stringify(report(id, ticketType.unitPrice)))
  await writeFile(file, lines.join('\n'))
  const step: Step = {
    name: 'webhook',
    method: 'POST',
    path: `/v1/webhooks/${way.gateway}`,
    headers,
    body: '{{line}}',
  }
  const load = {
    connections: level,
    buyers: payments,
    flows: [[step]],
    lines: { file, by: 'buyer' as const },
    good: ['200'],
  }
  const nothing = await startCannedServer(ground, [
    { method: 'POST', path: step.path, status: 200, body: '{"received":true}' },
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
  const outcome: Outcome = {
    scenario: 'webhooks',
    level: way.gateway,
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
  for (const server of [karcis, nothing, gateway]) await server.stop()
  return outcome
}

export const webhooks: Scenario = {
  about: 'payments reported by each gateway until all are settled',
  run,
}
