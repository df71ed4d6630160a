import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { runningDatabaseUrl } from '../../../src/platform/embedded-postgres.ts'
import { settlePort } from '../../../src/platform/http-listen.ts'
import type { Step } from '../../../src/platform/steps.ts'
import { processesOf, startProgram, survivorsOf, type Program } from '../../support/program.ts'
import { startSmtpServer } from '../../support/smtp-server.ts'
import { openBroker, type BrokerKind } from './broker.ts'

export type World = AsyncDisposable & {
  url: string
  bus: BusKind
  dataDir: string
  /** How often the mail server was handed each mail, by Message-ID. */
  received(): Map<string, number>
  /** The processes that can be killed, by what they are; a negative number is a process group. */
  victims(): Promise<Map<string, number[]>>
  /** Has the next process that reaches the step die there. */
  arm(step: Step): Promise<void>
  isArmed(step: Step): Promise<boolean>
  disarm(step: Step): Promise<void>
  /** Resolves once the program answers, all its processes live, and so does the broker. */
  ready(): Promise<void>
  query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>
  /** What is on a broker and not yet done with. */
  underWay(): Promise<Record<string, number>>
}

export type BusKind = 'postgres' | BrokerKind

export type Topology = {
  /** Four services and a gateway instead of one program. */
  services: boolean
  apiProcesses: number
  bus: BusKind
  /** Where the program logs, beside its own output. */
  logDir?: string | undefined
}

const readyMillisMax = 90_000
const failuresMax = 5
const account = { user: 'karcis', password: 'rahasia' }

/**
 * The program with a mail server and its broker, started again whenever it ends, as an init system
 * would do.
 */
export async function openWorld(topology: Topology): Promise<World> {
  const { bus, services, apiProcesses, logDir } = topology
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-kills-'))
  const dataDir = path.join(folder, 'data')
  const stepsDir = path.join(folder, 'steps')
  await mkdir(stepsDir)
  const smtp = await startSmtpServer(account)
  const broker = bus === 'postgres' ? undefined : await openBroker(bus, folder)
  const port = await settlePort('127.0.0.1', 0)
  const url = `http://127.0.0.1:${port}`
  let program: Program | undefined
  let isClosing = false
  let failure: Error | undefined

  async function keepRunning(): Promise<void> {
    for (let failures = 0; !isClosing && failures < failuresMax;) {
      program = startProgram(dataDir, {
        args: services ? ['services'] : [],
        env: {
          LOG_LEVEL: 'warn',
          PORT: String(port),
          FAULT_STEPS_DIR: stepsDir,
          SMTP_HOST: '127.0.0.1',
          SMTP_PORT: String(smtp.port),
          SMTP_USER: account.user,
          SMTP_PASSWORD: account.password,
          BUS: 'postgres',
          HOLD_SECONDS: '20',
          API_PROCESSES: String(apiProcesses),
          ...(logDir && { LOG_DIR: path.resolve(logDir) }),
          ...broker?.env,
        },
      })
      const { errors, code } = await program.ended
      const killed = code === null || /PostgreSQL ended by itself/.test(errors)
      failures = killed ? 0 : failures + 1
      if (!killed && !isClosing) failure = new Error(`the program ended with ${code}: ${errors}`)
    }
  }
  const running = keepRunning()

  return {
    url,
    bus,
    dataDir,
    received: () => countOf(smtp.received.map(({ data }) => messageIdOf(data))),
    async victims() {
      const group = await broker?.group()
      const victims = await victimsOf(dataDir)
      return group === undefined ? victims : victims.set(bus, [-group])
    },
    underWay: async () => (await broker?.underWay()) ?? {},
    arm: (step) => mkdir(path.join(stepsDir, step)),
    isArmed: async (step) => (await readdir(stepsDir)).includes(step),
    disarm: (step) => rm(path.join(stepsDir, step), { recursive: true, force: true }),

    async ready() {
      for (const end = Date.now() + readyMillisMax; Date.now() < end; await sleep(50)) {
        if (failure) throw failure
        const answer = await fetch(`${url}/readyz`).catch(() => undefined)
        const isUp = answer?.ok && isWhole(await victimsOf(dataDir), topology)
        if (isUp && (await broker?.isReady()) !== false) return
      }
      throw new Error('the program does not come back')
    },

    async query(sql) {
      const client = new pg.Client({ connectionString: await runningDatabaseUrl(dataDir) })
      await client.connect()
      try {
        return (await client.query(sql)).rows
      } finally {
        await client.end()
      }
    },

    async [Symbol.asyncDispose]() {
      isClosing = true
      if (program) process.kill(program.pid, 'SIGTERM')
      await running
      await broker?.[Symbol.asyncDispose]()
      await smtp.stop()
      for (const pid of await survivorsOf(dataDir)) process.kill(pid, 'SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The processes of a program, by what their command lines say they are. */
async function victimsOf(dataDir: string): Promise<Map<string, number[]>> {
  const victims = new Map<string, number[]>()
  for (const pid of await processesOf(dataDir)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    const [, role] = /start\.mjs\0?(\w*)/.exec(command) ?? []
    const what = /postgres/.test(command)
      ? /^postgres: /.test(command)
        ? 'a connection of PostgreSQL'
        : 'PostgreSQL'
      : role === '' || role === 'services'
        ? 'the program'
        : role
    if (what !== undefined) victims.set(what, [...(victims.get(what) ?? []), pid])
  }
  return victims
}

/** Every process that belongs to it is there again. */
function isWhole(victims: Map<string, number[]>, { services, apiProcesses }: Topology): boolean {
  const wanted = services ? ['identity', 'catalog', 'booking', 'payment'] : ['worker']
  return (
    ['the program', 'PostgreSQL', ...wanted].every((what) => victims.has(what)) &&
    (victims.get('api')?.length ?? 0) === apiProcesses - 1
  )
}

const messageIdOf = (mail: string): string => /^Message-ID: <([^@>]+)@/im.exec(mail)?.[1] ?? ''

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
