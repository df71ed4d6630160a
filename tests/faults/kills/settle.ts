import { setTimeout as sleep } from 'node:timers/promises'
import { verified } from '../../support/shop.ts'
import type { Found } from './reckoning.ts'
import type { World } from './world.ts'

const settleMillisMax = 400_000
const senders = ['catalog', 'booking', 'payment', 'admission', 'integration']

/** Waits until nothing is under way; what never comes to rest is a broken promise. */
export async function settled(world: World): Promise<string[]> {
  await world.ready()
  let remains: object = {}
  for (const end = Date.now() + settleMillisMax; Date.now() < end; await sleep(500)) {
    await hurry(world)
    remains = await leftIn(world)
    if (Object.values(remains).some((rows) => rows.length > 0)) continue
    const underWay = await world.underWay()
    remains = { underWay }
    if (Object.keys(underWay).length > 0) continue
    const { kept, printed } = verified(world.dataDir)
    remains = { printed }
    if (kept) return []
  }
  return ['it did not come to rest', JSON.stringify(remains).slice(0, 2_000)]
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

async function leftIn(world: World): Promise<Record<string, object[]>> {
  const orders = await world.query(
    `select id, status, payment from booking.orders where status in ('pending', 'refunding')`,
  )
  const mails = await world.query(
    `select id, subject, claimed_until from notification.mails where status = 'waiting'`,
  )
  const outbox = await world.query(
    senders.map((name) => `select type, written_at from ${name}.outbox`).join(' union all '),
  )
  if (world.bus !== 'postgres') return { orders, mails, outbox }
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
    `select id as "messageId", order_id as "orderId", begun,
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
