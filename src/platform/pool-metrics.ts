import type pg from 'pg'
import { gauge } from './metrics.ts'

const connections = gauge(
  'karcis_pool_connections',
  'Connections to the database that are open, by pool and by whether one is at work.',
  'pool',
  'state',
)
const connectionsMax = gauge(
  'karcis_pool_connections_max',
  'Connections to the database that a pool may open.',
  'pool',
)
const waiting = gauge(
  'karcis_pool_waiting',
  'How many wait for a connection of the pool to be free.',
  'pool',
)

/** Shows how a pool is used, for as long as it is. */
export function measurePool(name: string, pool: pg.Pool): void {
  const labels = { pool: name }
  const unlessEnded =
    <T>(read: () => T) =>
    () =>
      pool.ended ? undefined : read()
  connections(
    unlessEnded(() => [
      { labels: { ...labels, state: 'idle' }, value: pool.idleCount },
      { labels: { ...labels, state: 'busy' }, value: pool.totalCount - pool.idleCount },
    ]),
  )
  connectionsMax(unlessEnded(() => [{ labels, value: pool.options.max }]))
  waiting(unlessEnded(() => [{ labels, value: pool.waitingCount }]))
}
