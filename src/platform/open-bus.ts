import assert from 'node:assert'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Rush } from './tasks.ts'
import type { Bus, Routes } from './bus.ts'
import type { Retries } from './broker-deliveries.ts'

export type BusSettings = {
  kind: 'postgres' | 'rabbitmq' | 'kafka'
  /** What the names of exchanges, queues, topics and groups begin with. */
  prefix: string
  rabbitmqServer: string
  kafkaBrokers: string[]
}

/**
 * The bus of the settings; a broker need not be there yet. `pool` is of the database that carries
 * it otherwise. Only the client of the one that is wanted is loaded.
 */
export async function openBus(
  settings: BusSettings,
  needs: {
    pool?: pg.Pool
    routes: Routes
    log: FastifyBaseLogger
    retries?: Retries
    rush?: Pick<Rush, 'isOn'>
  },
): Promise<Bus> {
  const { kind, prefix } = settings
  const { pool, rush, ...common } = needs
  if (kind === 'rabbitmq') {
    const { rabbitmqBus } = await import('./rabbitmq-bus.ts')
    return rabbitmqBus({ server: settings.rabbitmqServer, prefix, ...common })
  }
  if (kind === 'kafka') {
    const { kafkaBus } = await import('./kafka-bus.ts')
    return kafkaBus({ brokers: settings.kafkaBrokers, prefix, ...common })
  }
  assert(pool, 'the bus on PostgreSQL needs its database')
  const { postgresBus } = await import('./postgres-bus.ts')
  return postgresBus(pool, common.routes, common.log, rush)
}
