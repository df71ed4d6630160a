import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { startError } from '../../platform/start-error.ts'
import { runTool } from './run-tool.ts'
import type { Command, Service } from './service.ts'

const version = '4.3.1'
const copyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'

const tools: Record<string, string> = {
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
}

/** Apache Kafka, one node that is broker and controller (KRaft). */
export const kafka: Service = {
  name: 'kafka',
  port: 9092,
  // ApiVersions, version 0, correlation id 7; the answer repeats the id after its length.
  probe: {
    send: Buffer.from('0000000a0012000000000007ffff', 'hex'),
    answer: Buffer.from('0000', 'hex'),
  },
  setting: (port) => `KAFKA_BROKERS=127.0.0.1:${port}`,

  install: fetchJars,

  async prepare({ installed, folder, port }) {
    const file = path.join(folder, 'server.properties')
    await mkdir(folder, { recursive: true })
    await writeFile(file, properties(path.join(folder, 'data'), port))
    await writeFile(path.join(folder, 'log4j2.properties'), logging)
    const formatting = java(installed, 'kafka.tools.StorageTool', [
      ...['format', '--ignore-formatted', '-c', file],
      ...['-t', 'a2FyY2lzLXNlcnZpY2VzIQ'],
    ])
    const failure = await runTool(formatting.command, formatting.args)
    if (failure !== undefined) throw startError(`Kafka cannot make its folder: ${failure}`)
    const config = `-Dlog4j2.configurationFile=${path.join(folder, 'log4j2.properties')}`
    return [java(installed, 'kafka.Kafka', [file], [...soonUp, '-Xms256m', '-Xmx512m', config])]
  },

  tool({ installed, port }, name, args) {
    const main = tools[name]
    return main === undefined
      ? undefined
      : java(installed, main, ['--bootstrap-server', `127.0.0.1:${port}`, ...args])
  },
}

/** It is tried out and killed rather than run for days, so it is to be up soon. */
const soonUp = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

const jars = (installed: string) => path.join(installed, `kafka-${version}`)

function java(installed: string, main: string, args: string[], options: string[] = []): Command {
  const classes = path.join(jars(installed), '*')
  return { command: 'java', args: [...options, '-cp', classes, main, ...args] }
}

async function fetchJars(installed: string): Promise<void> {
  if (existsSync(jars(installed))) return
  const noJava = await runTool('java', ['-version'])
  if (noJava !== undefined) throw startError('Kafka needs Java 17 or later, as `java` on the PATH.')
  const building = path.join(installed, 'kafka-building')
  await mkdir(building, { recursive: true })
  await writeFile(path.join(building, 'pom.xml'), pom)
  const failure = await runTool(
    'mvn',
    [
      ...['--quiet', '--batch-mode', `-Dmaven.repo.local=${path.join(building, 'maven')}`],
      ...[copyPlugin, `-DoutputDirectory=${path.join(building, 'jars')}`],
    ],
    { cwd: building },
  )
  if (failure !== undefined) {
    throw startError(
      `Kafka cannot be fetched: it comes from Maven Central by Maven (mvn), which says: ${failure}`,
    )
  }
  await rename(path.join(building, 'jars'), jars(installed))
  await rm(building, { recursive: true })
}

const dependency = (artifact: string) =>
  `<dependency><groupId>org.apache.kafka</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>karcis</groupId>
  <artifactId>services</artifactId>
  <version>1</version>
  <dependencies>${dependency('kafka_2.13')}${dependency('kafka-tools')}
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.4</version></dependency>
  </dependencies>
</project>
`

const properties = (data: string, port: number) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${port + 1}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}
controller.listener.names=CONTROLLER
log.dirs=${data}
num.partitions=1
offsets.topic.num.partitions=5
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# After a kill the next one may come only when this one's session has run out.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=1000
`

const logging = `status = warn
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
`
