import { execFile } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const env = process.env
const how = 'start it with `npm run services -- up`, then `npm run test:brokers`'

/** The real servers that the tests were given, or why there is none. */
export const rabbitmqServer = env['TEST_RABBITMQ_SERVER'] ?? ''
export const kafkaBrokers = (env['TEST_KAFKA_BROKERS'] ?? '').split(',').filter(Boolean)
export const withoutRabbitmq =
  rabbitmqServer === '' && `TEST_RABBITMQ_SERVER names no RabbitMQ; ${how}`
export const redisUrl = env['TEST_REDIS_URL'] ?? ''
export const withoutRedis = redisUrl === '' && `TEST_REDIS_URL names no Redis; ${how}`
export const withoutKafka = kafkaBrokers.length === 0 && `TEST_KAFKA_BROKERS names no Kafka; ${how}`

/** How long a broker is away in a test of that. */
const outageSeconds = Number(env['TEST_OUTAGE_SECONDS'] ?? '3')

const portOf = {
  rabbitmq: () => new URL(rabbitmqServer).port,
  kafka: () => kafkaBrokers[0]?.split(':')[1],
  redis: () => new URL(redisUrl).port,
}

/** Kills a broker that `npm run services` has started, and starts it again after the work. */
export async function whileAway(
  service: keyof typeof portOf,
  work: () => Promise<void> = () => sleep(outageSeconds * 1_000),
): Promise<void> {
  await services('down', '--now', service)
  try {
    await work()
  } finally {
    await services('up', service, `--${service}-port`, portOf[service]() ?? '')
  }
}

async function services(...args: string[]): Promise<void> {
  const command = path.join(import.meta.dirname, '../../src/commands/services.ts')
  await promisify(execFile)(process.execPath, [command, ...args])
}
