import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { concertFor } from '../concert.ts'
import { toPublicId } from '../../src/kernel/id.ts'
import { countIn, differs, drive, driveWarm, missingOrders, verify } from '../drive.ts'
import type { Step } from '../step.ts'
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
import { publicEventId } from '../rows.ts'
import { putOnSale, startCannedServer, startProgram } from '../servers.ts'
import { newAccount, until } from '../shop.ts'

const pay = (from: string): Step => ({
  name: 'pay',
  method: 'POST',
  path: `${from}{{page}}/pay`,
  body: '{}',
})

/**
 * Who is signed in orders, waits for the payment page and pays there. The order is complete when
 * the gateway's webhook has settled it.
 */
async function* run(bench: Bench): AsyncGenerator<Outcome> {
  const { ground, seconds, quick, say } = bench
  const connections = bench.connections?.[0] ?? (quick ? 16 : 64)
  const concert = concertFor(100_000)
  say('starting the program')
  const karcis = await startProgram(ground)
  await putOnSale(karcis, [concert])
  say(`${connections} buyers make accounts and log in`)
  const accounts = []
  for (let i = 0; i < connections; i++) accounts.push(await newAccount(karcis))
  const file = path.join(ground.folder, 'tokens')
  await writeFile(file, accounts.map(({ authorization }) => authorization).join('\n'))

  const { ticketTypeId } = concert.ticketTypes[2]!
  const order: Step = {
    name: 'order',
    method: 'POST',
    path: '/v1/orders',
    headers: { Authorization: '{{line}}', Prefer: 'wait=20' },
    body: JSON.stringify({
      eventId: publicEventId(concert),
      items: [{ ticketTypeId: toPublicId('tickettype', ticketTypeId), quantity: 1 }],
      payment: { method: 'invoice' },
    }),
    keep: { page: '"checkoutUrl":"http://[^/"]+([^"]+)"' },
  }
  const load = {
    connections,
    seconds,
    lines: { file, by: 'connection' as const },
    good: ['200', '201'],
  }
  const nothing = await startCannedServer(ground, [
    {
      method: 'POST',
      path: '/v1/orders',
      status: 201,
      body: '{"payment":{"instructions":{"checkoutUrl":"http://localhost/page"}}}',
    },
    { method: 'POST', path: '/page/pay', status: 200, body: '{}' },
  ])
  say(`${connections} connections: null server`)
  const bare = await driveWarm(ground, nothing, { ...load, flows: [[order, pay('')]] })
  say(`${connections} connections, ${seconds} s: karcis`)
  const startedAt = performance.now()
  const running = await drive(ground, karcis, { ...load, flows: [[order, pay('')]] })

  const ordered = running.steps['order']?.statuses['201'] ?? 0
  const paid = running.steps['pay']?.statuses['200'] ?? 0
  const paidSql = `select count(*) from booking.orders where status = 'paid'`
  const allPaid = await until(async () => (await countIn(karcis, paidSql)) >= paid, 120)
  const tookSeconds = (performance.now() - startedAt) / 1000
  const perSecond = round(paid / tookSeconds, 0)
  yield {
    scenario: 'shop-flow',
    level: `${connections.toLocaleString('en')} connections`,
    unit: 'completed orders',
    figures: {
      ...figuresOf(running, paid),
      perSecond,
      nullPerSecond: round(bare.perSecond / 2, 0),
      ofNull: besideNull(perSecond * 2, bare)['ofNull']!,
      tookSeconds: round(tookSeconds, 1),
    },
    targets: [atLeast('completed orders/s', perSecond, 1500)],
    problems: [
      ...ofNull(bare.problems),
      ...running.problems,
      ...(allPaid ? [] : ['orders that were paid for are not settled after two minutes']),
      ...(await missingOrders(karcis, [concert.eventId], ordered)),
      ...(await differs(karcis, 'paid orders', paid, [paidSql])),
      ...(await verify(karcis)),
    ],
  }
}

export const shopFlow: Scenario = {
  about: '/v1: who is signed in orders and pays at the sandbox; counted when settled',
  run,
}
