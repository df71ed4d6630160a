import assert from 'node:assert'
import { after, describe, test } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { newId } from '../../src/platform/ids.ts'
import { kafkaBrokers, withoutKafka } from '../support/brokers.ts'
import { testServerUrl } from '../support/database.ts'
import type { BusOfTest } from '../support/test-bus.ts'
import { brokerContract } from './broker-contract.ts'
import { busContract } from '../contracts/bus-contract.ts'

const of: BusOfTest = {
  kind: 'kafka',
  prefix: `test-${newId()}`,
  rabbitmqServer: '',
  kafkaBrokers,
  databaseUrl: testServerUrl(),
}
const skip = withoutKafka
const topics = [`${of.prefix}.messages`, `${of.prefix}.parked`]

const admin = () => new Admin({ clientId: 'test', bootstrapBrokers: kafkaBrokers })

if (skip === false) {
  after(async () => {
    const here = admin()
    const ours = (await here.listTopics()).filter((topic) => topic.startsWith(of.prefix))
    await here.deleteTopics({ topics: ours })
    await here.close()
  })
}

busContract('Kafka', { skip, keepsOrderAlways: true }, () => ({ of }))

describe('the topics on Kafka', { skip }, () => {
  test('have the partitions and the retention that docs/operating.md names', async () => {
    const here = admin()
    const { topics: known } = await here.metadata({ topics })
    const configs = await here.describeConfigs({
      resources: topics.map((resourceName) => ({
        resourceType: 2,
        resourceName,
        configurationKeys: ['retention.ms', 'cleanup.policy'],
      })),
    })
    await here.close()
    const described = topics.map((topic) => {
      const { configs: own } = configs.find(({ resourceName }) => resourceName === topic)!
      const settings = Object.fromEntries(own.map(({ name, value }) => [name, value]))
      return { partitions: known.get(topic)?.partitionsCount, ...settings }
    })
    assert.deepEqual(described, [
      { partitions: 12, 'retention.ms': `${30 * 86_400_000}`, 'cleanup.policy': 'delete' },
      { partitions: 1, 'retention.ms': `${7 * 86_400_000}`, 'cleanup.policy': 'compact' },
    ])
  })
})

brokerContract('kafka', skip, () => ({ of }))
