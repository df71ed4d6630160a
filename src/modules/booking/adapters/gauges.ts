import type { DatabaseGauge } from '../../../platform/database-gauges.ts'

/**
 * What the orders say. All of them are counted without an index on their status, which every
 * order placed would have to pay for.
 */
export const bookingGauges: DatabaseGauge[] = [
  {
    name: 'karcis_orders',
    help: 'Orders by state; counted the more rarely the more there are.',
    labels: ['state'],
    sql: `select status as state, count(*) as value from booking.orders group by status`,
  },
  {
    name: 'karcis_holds_alive',
    help: 'Orders whose tickets are set aside and not yet paid for.',
    labels: [],
    sql: `select count(*) as value from booking.orders where status = 'pending'`,
  },
  {
    name: 'karcis_holds_overdue_seconds',
    help: 'How long the hold is over that should have been ended first; 0 when none is over.',
    labels: [],
    sql: `select coalesce(greatest(extract(epoch from now() - min(expires_at)), 0), 0) as value
          from booking.orders where status = 'pending'`,
  },
]
