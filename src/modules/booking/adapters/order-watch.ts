import type pg from 'pg'
import type { FastifyBaseLogger } from 'fastify'
import { rowWatch } from '../../../platform/row-watch.ts'
import type { OrderWatch } from '../ports.ts'
import { fromRow, type OrderRow } from './order-rows.ts'

export const orderWatch = (pool: pg.Pool, log: FastifyBaseLogger): OrderWatch =>
  rowWatch(async (ids) => {
    const { rows } = await pool.query<OrderRow>('select * from booking.orders where id = any($1)', [
      ids,
    ])
    return rows.map(fromRow)
  }, log)
