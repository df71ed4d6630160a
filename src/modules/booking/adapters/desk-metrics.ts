import { counter, gauge, histogram, secondsBuckets } from '../../../platform/metrics.ts'

export const batchOrders = histogram(
  'karcis_desk_batch_orders',
  'Orders that were decided and committed together.',
  [1, 2, 5, 10, 20, 50, 100, 200, 500],
)
export const commitSeconds = histogram(
  'karcis_desk_commit_seconds',
  'From the moment a batch sets out to its commit.',
  secondsBuckets,
)
export const ordersPlaced = counter(
  'karcis_orders_placed_total',
  'Orders that were answered with yes; one that was sent again counts again.',
)
export const ordersRefused = counter(
  'karcis_orders_refused_total',
  'Orders that were answered with no, by why.',
  'reason',
)
export const waitingOrders = gauge(
  'karcis_desk_waiting_orders',
  'Orders that wait for the batch before them.',
)
export const fullestQueue = gauge(
  'karcis_desk_fullest_queue_ratio',
  'How full the longest queue of one event is, from 0 to 1; a full one refuses orders.',
)

const guardTrips = counter(
  'karcis_stock_guard_trips_total',
  'How often the database refused what the program had decided about stock; it must stay 0.',
  'guard',
)
for (const guard of ['never_oversell', 'seats']) guardTrips.inc({ guard }, 0)

/** Notes an error by which the database kept a ticket or a seat from being sold twice. */
export function noteGuardTrip(error: unknown): void {
  const { code, constraint } = error as { code?: string; constraint?: string }
  if (constraint === 'never_oversell') guardTrips.inc({ guard: constraint })
  // The statement of a batch divides by zero when a seat was not free.
  else if (code === divisionByZero) guardTrips.inc({ guard: 'seats' })
}

const divisionByZero = '22012'
