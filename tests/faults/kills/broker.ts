import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Admin, ListOffsetTimestamps } from '@platformatic/kafka'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { kafka } from '../../../src/commands/services/kafka.ts'
import { ask, end, runningIn } from '../../../src/commands/services/processes.ts'
import { rabbitmq } from '../../../src/commands/services/rabbitmq.ts'
import type { Place, Service } from '../../../src/commands/services/service.ts'
import { startService } from '../../../src/commands/services/start-service.ts'

export type BrokerKind = 'rabbitmq' | 'kafka'

/** A broker of one's own, started again whenever it is killed. */
export type Broker = AsyncDisposable & {
  /** The settings by which Karcis uses it. */
  env: Record<string, string>
  /** The process group to kill; undefined while there is none. */
  group(): Promise<number | undefined>
  isReady(): Promise<boolean>
  /** What it still carries for modules of Karcis, by queue or group; nothing when all is done. */
  underWay(): Promise<Record<string, number>>
}

const services = { rabbitmq, kafka }

/** Starts a broker with its data in the folder; its programs are those of `npm run services`. */
export async function openBroker(kind: BrokerKind, folder: string): Promise<Broker> {
  const service = services[kind]
  const installed = path.resolve('.karcis/services/programs')
  await service.install(installed)
  const place = { installed, folder: path.join(folder, kind), port: await freePort() }
  const commands = await service.prepare(place)
  await startService(service, place, commands)
  let isClosing = false
  let failure: Error | undefined

  async function keepRunning(): Promise<void> {
    for (; !isClosing; await sleep(100)) {
      const running = await runningIn(place.folder)
      if (running?.processes.length === commands.length) continue
      if (running) await end(place.folder, running, true)
      await startService(service, place, commands)
    }
  }
  const keeping = keepRunning().catch((error: Error) => (failure = error))

  const [name = '', value = ''] = service.setting(place.port).split('=')
  return {
    env: { BUS: kind, [name]: value },
    group: async () => {
      const running = await runningIn(place.folder)
      return running && running.processes.at(-1)?.pid
    },
    async isReady() {
      if (failure) throw failure
      return (await ask(service, place.port)) === 'ready'
    },
    underWay: () => (kind === 'kafka' ? lagOf(value) : queuesOf(service, place)),
    async [Symbol.asyncDispose]() {
      isClosing = true
      await keeping
      const running = await runningIn(place.folder)
      if (running) await end(place.folder, running, true)
    },
  }
}

/** How far each group is behind the end of the topic of messages. */
async function lagOf(broker: string): Promise<Record<string, number>> {
  const admin = new Admin({ clientId: 'faults', bootstrapBrokers: [broker] })
  const topic = 'karcis.messages'
  try {
    const groups = [...(await admin.listGroups()).keys()].filter((id) => !id.includes('parked'))
    const partitions = Array.from({ length: 12 }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: ListOffsetTimestamps.LATEST,
    }))
    const [ends] = await admin.listOffsets({ topics: [{ name: topic, partitions }] })
    const endOf = new Map(ends?.partitions.map((each) => [each.partitionIndex, each.offset]))
    const committed = await admin.listConsumerGroupOffsets({ groups })
    const lags = committed.map(({ groupId, topics }) => {
      const done = new Map(
        topics
          .find(({ name }) => name === topic)
          ?.partitions.map((each) => [each.partitionIndex, each.committedOffset]),
      )
      const behind = [...endOf].map(([partition, end]) => {
        const offset = done.get(partition) ?? 0n
        return Number(end - (offset < 0n ? 0n : offset))
      })
      return [groupId, behind.reduce((sum, count) => sum + count, 0)] as const
    })
    return Object.fromEntries(lags.filter(([, lag]) => lag > 0))
  } finally {
    await admin.close()
  }
}

/** How many messages each queue holds, those included that are being handled. */
async function queuesOf(service: Service, place: Place): Promise<Record<string, number>> {
  const args = ['list_queues', '--silent', 'name', 'messages']
  const { command, ...tool } = service.tool(place, 'rabbitmqctl', args)!
  const { stdout } = await promisify(execFile)(command, tool.args, { env: tool.env ?? {} })
  const lines = stdout.trim().split('\n')
  const counts = lines.map((line) => line.split('\t')).map(([name = '', n]) => [name, Number(n)])
  // Nobody consumes the work queues here.
  const ours = counts.filter(([name, n]) => Number(n) > 0 && String(name).startsWith('karcis.'))
  return Object.fromEntries(ours) as Record<string, number>
}

/** A port whose companions, which the brokers use beside it, are free as well. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 5_000)
    const free = await Promise.all([0, 1, 20_000, 20_001].map((more) => isFree(port + more)))
    if (free.every(Boolean)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
