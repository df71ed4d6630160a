import { setTimeout as sleep } from 'node:timers/promises'
import { verified } from '../../support/shop.ts'
import type { Found } from './reckoning.ts'
import type { World } from './world.ts'

/**
 * What a crash leaves to be taken up waits for one lease at most, the longest being a minute, and
 * what follows from it for a hold of 20 seconds and the claim of a mail; the rest is for slow machines.
 */
const settleMillisMax = 180_000
/** What moves from one place to the next may be in neither when they are looked at. */
const quietLooks = 2
const senders = ['catalog', 'booking', 'payment', 'admission', 'integration']

/**
 * Waits until nothing is under way; what never comes to rest is a broken promise. `last` says after
 * how many seconds each kind was last seen.
 */
export async function settled(
  world: World,
): Promise<{ broken: string[]; last: Map<string, number> }> {
  const startedAt = Date.now()
  const last = new Map<string, number>()
  let remains: Record<string, unknown[]> = {}
  let quiet = 0
  await world.ready()
  for (; Date.now() < startedAt + settleMillisMax; await sleep(500)) {
    await hurry(world)
    remains = await leftIn(world)
    const left = Object.entries(remains).filter(([, rows]) => rows.length > 0)
    for (const [what] of left) last.set(what, Math.round((Date.now() - startedAt) / 1_000))
    quiet = left.length > 0 ? 0 : quiet + 1
    if (quiet < quietLooks) continue
    const { kept, printed } = verified(world.dataDir)
    if (kept) return { broken: [], last }
    remains = { verify: [printed] }
    last.set('verify', Math.round((Date.now() - startedAt) / 1_000))
  }
  return { broken: ['it did not come to rest', JSON.stringify(remains).slice(0, 2_000)], last }
}

/** What is meant to be repeated after minutes or hours is repeated now. */
async function hurry(world: World): Promise<void> {
  if (world.bus === 'postgres') {
    await world.query(`update graphile_worker._private_jobs set run_at = now() + interval '10 s'
                       where locked_at is null and attempts < max_attempts
                       and run_at > now() + interval '1 minute'`)
  }
  await world.query(`update payment.webhooks set retry_at = now() where retry_at > now()
                     and status not in ('received', 'processed')`)
  await world.query(`update sandbox.deliveries set due_at = now() where due_at > now()
                     and status = 'pending'`)
}

async function leftIn(world: World): Promise<Record<string, unknown[]>> {
  const orders = await world.query(
    `select id, status, payment from booking.orders where status in ('pending', 'refunding')`,
  )
  const mails = await world.query(
    `select id, subject, claimed_until from notification.mails where status = 'waiting'`,
  )
  const outbox = await world.query(
    senders.map((name) => `select type, written_at from ${name}.outbox`).join(' union all '),
  )
  const underWay = Object.entries(await world.underWay())
  if (world.bus !== 'postgres') return { orders, mails, outbox, underWay }
  const jobs = await world.query(
    `select payload #>> '{envelope,type}' as type, attempts, last_error
     from graphile_worker._private_jobs`,
  )
  return { orders, mails, outbox, jobs }
}

/** What the database and the mail server say in the end. */
export async function find(world: World): Promise<Found> {
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
    `select id as "messageId", order_id as "orderId", status, begun,
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
