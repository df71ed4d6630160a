import type pg from 'pg'
import type { Attempt, DeliveryStatus } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { endpointColumns } from './endpoints.ts'

/** One page of a list, newest first; it goes on after the row `after`. */
type Page = { after: string | undefined; limit: number }

/** The endpoints of an owner; everyone's when none is named. */
export async function listEndpoints(
  pool: pg.Pool,
  { ownerId, after, limit }: Page & { ownerId: string | undefined },
): Promise<Endpoint[]> {
  const { rows } = await pool.query<Endpoint>(
    `select ${endpointColumns} from integration.endpoints
     where ($1::uuid is null or owner_id = $1) and ($2::uuid is null or (created_at, id) <
       (select created_at, id from integration.endpoints where id = $2))
     order by created_at desc, id desc limit $3`,
    [ownerId, after, limit],
  )
  return rows
}

export type ListedDelivery = {
  id: string
  type: string
  body: string
  status: DeliveryStatus
  attempts: number
  createdAt: Date
  dueAt: Date
  history: Attempt[]
  response: string | null
}

const deliveryColumns = `id, type, body, status, attempts, created_at as "createdAt",
  due_at as "dueAt", history, response`

export async function listDeliveries(
  pool: pg.Pool,
  endpointId: string,
  filter: Page & { status: DeliveryStatus | undefined; type: string | undefined },
): Promise<ListedDelivery[]> {
  const { status, type, after, limit } = filter
  const { rows } = await pool.query<ListedDelivery>(
    `select ${deliveryColumns} from integration.deliveries
     where endpoint_id = $1 and ($2::text is null or status = $2) and ($3::text is null or type = $3)
       and ($4::uuid is null or (created_at, id) < (
         select created_at, id from integration.deliveries where id = $4 and endpoint_id = $1))
     order by created_at desc, id desc limit $5`,
    [endpointId, status, type, after, limit],
  )
  return rows
}

export async function findDelivery(
  pool: pg.Pool,
  endpointId: string,
  id: string,
): Promise<ListedDelivery | undefined> {
  const { rows } = await pool.query<ListedDelivery>(
    `select ${deliveryColumns} from integration.deliveries where id = $1 and endpoint_id = $2`,
    [id, endpointId],
  )
  return rows[0]
}
