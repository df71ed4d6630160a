import { execFile } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { kafkaBrokers, rabbitmqServer, withoutKafka, withoutRabbitmq } from '../support/brokers.ts'

const stories = path.join(import.meta.dirname, '../flows/traces.test.ts')

/** Tells the stories of traces to a shop with these settings; rejects with what they printed. */
const told = (settings: Record<string, string>) =>
  promisify(execFile)(process.execPath, ['--test', '--test-reporter=spec', stories], {
    // Otherwise it would report to this test as a part of it, and print nothing.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...settings },
  }).catch(({ stdout }: { stdout: string }) => Promise.reject(new Error(stdout)))

test('an order is one trace over RabbitMQ', { skip: withoutRabbitmq }, async () => {
  await told({ BUS: 'rabbitmq', RABBITMQ_SERVER: rabbitmqServer })
})

test('an order is one trace over Kafka', { skip: withoutKafka }, async () => {
  await told({ BUS: 'kafka', KAFKA_BROKERS: kafkaBrokers.join(',') })
})
