import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { steps, type Step } from '../../../src/platform/steps.ts'
import { logIn, onSale, verified, type ShopEvent } from '../../support/shop.ts'
import { crowd } from './buyers.ts'
import { chanceOf, type Chance } from './chance.ts'
import { reckon, type Found } from './reckoning.ts'
import { openWorld, type World } from './world.ts'

const help = `npm run faults -- [--kills <count>] [--seed <number>] [--services] [--buyers <count>]

Kills -9 the processes of Karcis, at random and at every named step between two effects, while
buyers buy; lets it settle; and compares what the buyers were told with what there is.

  --kills <count>    100, unless given
  --seed <number>    repeats the choices of an earlier run
  --services         four services and a gateway instead of one program
  --buyers <count>   12, unless given

BUS and the settings of brokers are taken from the environment. Ends with 1 on a broken promise.
`

const stepMillisMax = 20_000
const settleMillisMax = 180_000
const say = (text: string) => void process.stdout.write(`${text}\n`)

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    buyers: { type: 'string', default: '12' },
    services: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
async function run(): Promise<boolean> {
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1_000)
  say(`seed ${values.seed}`)
  const chance = chanceOf(Number(values.seed))
  const { BUS, KAFKA_BROKERS, RABBITMQ_SERVER } = process.env
  const env = { HOLD_SECONDS: '20', BUS, KAFKA_BROKERS, RABBITMQ_SERVER }
  const set = Object.entries(env).filter(([, value]) => value !== undefined)
  await using world = await openWorld(
    values.services ? ['services'] : [],
    Object.fromEntries(set) as Record<string, string>,
  )
  await world.ready()
  const events = await openSales(world)

  const over = new AbortController()
  const count = Number(values.buyers)
  const buying = crowd(world.url, events, { count, chance, signal: over.signal })
  const killed = await kill(world, Number(values.kills), chance, seconds)
  over.abort()
  const remembered = await buying
  say(`${seconds()} s: ${remembered.length} orders acknowledged; settling`)

  const broken = await settled(world)
  const found = await find(world)
  const crashes = [...killed.values()].reduce((sum, times) => sum + times, 0)
  broken.push(...reckon(remembered.map(withBareId), found, crashes))
  const never = Object.keys(steps).filter((step) => !killed.has(step))
  broken.push(...never.map((step) => `nobody was ever between the effects of ${step}`))

  const states = Map.groupBy(found.orders, ({ status }) => status)
  say([...states].map(([status, orders]) => `${orders.length} ${status}`).join(', '))
  for (const [what, times] of killed) say(`${String(times).padStart(5)}  ${what}`)
  for (const line of broken.slice(0, 50)) say(`BROKEN  ${line}`)
  say(`${crashes} kills, seed ${values.seed}, ${seconds()} s: ${broken.length} promises broken`)
  return broken.length === 0
}

const withBareId = <T extends { orderId: string }>(memory: T): T => ({
  ...memory,
  orderId: memory.orderId.replace('order-', ''),
})

/** One event that never sells out, and one that always is about to. */
async function openSales({ url }: World): Promise<ShopEvent[]> {
  const nobody = { url, headers: {} }
  const organiser = await logIn(nobody, 'organiser@karcis.test', 'karcis-demo')
  const free = { capacity: 100_000, unitPrice: 50_000 }
  const scarce = { capacity: 60, seatsPerRow: 10, unitPrice: 150_000 }
  const terms = { refundable: true }
  return [
    await onSale({ organiser }, free, terms),
    await onSale({ organiser }, scarce, terms),
    await onSale({ organiser }, free, terms),
  ]
}

/** Kills so many times, half of them at a step; resolves to what died how often. */
async function kill(
  world: World,
  count: number,
  chance: Chance,
  seconds: () => number,
): Promise<Map<string, number>> {
  const killed = new Map<string, number>()
  const note = (what: string) => killed.set(what, (killed.get(what) ?? 0) + 1)
  const names = Object.keys(steps) as Step[]
  for (let kills = 0; kills < count;) {
    const step = kills % 2 === 0 ? names[(kills / 2) % names.length] : undefined
    const what = step ? await killAt(world, step) : await killAny(world, chance)
    const at = Date.now()
    if (what !== undefined) note(what)
    kills++
    await world.ready()
    if (values.verbose)
      say(`${seconds()} s: ${what ?? `nobody reached ${step}`}; back in ${Date.now() - at} ms`)
    await sleep(chance.below(600))
    if (kills % 20 === 0) say(`${seconds()} s: ${kills} of ${count} kills`)
  }
  return killed
}

async function killAt(world: World, step: Step): Promise<string | undefined> {
  await world.arm(step)
  for (const end = Date.now() + stepMillisMax; Date.now() < end; await sleep(20)) {
    if (!(await world.isArmed(step))) return step
  }
  await world.disarm(step)
  return undefined
}

async function killAny(world: World, chance: Chance): Promise<string | undefined> {
  const victims = [...(await world.victims())]
  const [what, pids] = chance.oneOf(victims)
  try {
    process.kill(chance.oneOf(pids), 'SIGKILL')
    return what
  } catch {
    return undefined
  }
}

/** Waits until nothing is under way; what never comes to rest is a broken promise. */
async function settled(world: World): Promise<string[]> {
  await world.ready()
  let remains: object = {}
  for (const end = Date.now() + settleMillisMax; Date.now() < end; await sleep(500)) {
    // What waits for minutes is tried sooner; its last attempt would otherwise be hours away.
    await world.query(`update graphile_worker._private_jobs set run_at = now() + interval '10 s'
                       where locked_at is null and attempts < max_attempts
                       and run_at > now() + interval '1 minute'`)
    await world.query(`update payment.webhooks set retry_at = now() where retry_at > now()
                       and status <> 'processed'`)
    // A mail that nobody has handed over for so long was in the hands of a process that died.
    await world.query(`update notification.mails set claimed_until = now()
                       where claimed_until < now() + interval '4 minutes 30 seconds'`)
    const orders = await world.query(
      `select id, status, payment from booking.orders where status in ('pending', 'refunding')`,
    )
    const jobs = await world.query(
      `select payload #>> '{envelope,type}' as type, attempts, last_error
       from graphile_worker._private_jobs`,
    )
    remains = { orders, jobs }
    if (orders.length + jobs.length > 0) continue
    const { kept, printed } = verified(world.dataDir)
    remains = { printed }
    if (kept) return []
  }
  return ['it did not come to rest', JSON.stringify(remains).slice(0, 2_000)]
}

async function find(world: World): Promise<Found> {
  const orders = await world.query<Found['orders'][number]>(
    `select o.id, o.status, o.quantity, o.total::float8 as total,
            (select count(*)::int from admission.tickets t
             where t.order_id = o.id and not t.revoked) as tickets
     from booking.orders o`,
  )
  const money = await world.query<{ orderId: string }>(
    `select order_id as "orderId" from payment.payments
     where status = 'settled' and refund ->> 'status' <> 'done'`,
  )
  const mails = await world.query<Found['mails'][number]>(
    `select id as "messageId", order_id as "orderId",
            case when has_e_ticket then 'e-ticket' else subject end as purpose
     from notification.mails
     where order_id is not null and not (status = 'failed' and last_error like '%revoked%')`,
  )
  return {
    orders,
    moneyKept: new Set(money.map(({ orderId }) => orderId)),
    mails,
    received: world.received(),
  }
}

if (values.help) say(help)
else process.exitCode = (await run()) ? 0 : 1
