import type pg from 'pg'
import { toDelivery, type DeliveryRow } from '../deliveries.ts'

/** How a webhook fared, as the control page lists it. */
export async function listDeliveries(
  pool: pg.Pool,
  { about, status, limit }: { about?: string; status?: string; limit: number },
) {
  const { rows } = await pool.query<DeliveryRow>(
    `select * from sandbox.deliveries
     where ($1::text is null or payment_id = $1 or reference = $1) and ($2::text is null or status = $2)
     order by created_at desc, id desc limit $3`,
    [about ?? null, status ?? null, limit],
  )
  return rows.map((row) => {
    const { body, ...delivery } = toDelivery(row)
    return { ...delivery, body: JSON.parse(body) as unknown, log: row.log }
  })
}

export type ListedDelivery = Awaited<ReturnType<typeof listDeliveries>>[number]

export async function findDeliveries(pool: pg.Pool, ids: readonly string[]) {
  const { rows } = await pool.query<DeliveryRow>(
    'select * from sandbox.deliveries where id = any ($1)',
    [ids],
  )
  return rows.map(toDelivery)
}

/** The ids of those that a fault holds back, the oldest first. */
export async function heldDeliveries(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from sandbox.deliveries where status = 'held' order by created_at, id`,
  )
  return rows.map(({ id }) => id)
}
