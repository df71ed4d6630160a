import { parse } from 'dotenv'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { BusSettings } from './platform/open-bus.ts'
import {
  addressesOf,
  addresses,
  describeSettings,
  either,
  flag,
  integer,
  listOf,
  network,
  oneOf,
  optional,
  origin,
  ratio,
  readSettings,
  secret,
  secrets,
  secretUrl,
  setting,
  someOf,
  text,
  url,
  word,
  type Env,
  type Values,
} from './platform/settings.ts'
import { samplers, type TracingSettings } from './platform/span.ts'
import { startError } from './platform/start-error.ts'

export const moduleNames = [
  'identity',
  'catalog',
  'booking',
  'payment',
  'admission',
  'integration',
  'notification',
] as const
export type ModuleName = (typeof moduleNames)[number]

const contractNames = ['festival', 'services', 'tedx', 'concert'] as const
export type ContractName = (typeof contractNames)[number]
/** The settings of the bus, which some commands need and no other. */
const busTable = {
  BUS: setting(
    'What carries messages between modules: the database, or a broker.',
    oneOf('postgres', 'rabbitmq', 'kafka'),
    'postgres',
  ),
  BUS_PREFIX: setting(
    'What names on the broker begin with; two shops on one broker need two.',
    word,
    'karcis',
  ),
  RABBITMQ_SERVER: setting(
    'The RabbitMQ of BUS=rabbitmq, as amqp://user:password@host:5672/vhost.',
    secretUrl('amqp', 'amqps'),
    'amqp://localhost',
  ),
  KAFKA_BROKERS: setting(
    'The brokers of BUS=kafka to begin with, as host:port, separated by commas.',
    addresses,
    'localhost:9092',
  ),
}

const tracingTable = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    'Where traces are sent, by OTLP over HTTP, such as http://localhost:4318; there are none when absent.',
    url('http', 'https'),
  ),
  OTEL_SERVICE_NAME: setting('The name of this Karcis among the traces.', text, 'karcis'),
  OTEL_TRACES_SAMPLER: setting(
    'Which traces are kept, as OpenTelemetry names it.',
    oneOf(...samplers),
    'parentbased_always_on',
  ),
  OTEL_TRACES_SAMPLER_ARG: setting('Which part of them, for the samplers by ratio.', ratio, '1'),
}

/** Every setting there is, in the order of `--help` and of `.env.example`. */
const table = {
  NODE_ENV: setting(
    'With production, what is only good for trying things out is refused.',
    oneOf('development', 'test', 'production'),
    'development',
  ),
  PORT: setting(
    'The port of the shop and its API; 0 takes a free one.',
    integer(0, 65_535),
    '3000',
  ),
  HOST: optional(
    'The address to listen on: 127.0.0.1 with the embedded database, else 0.0.0.0.',
    text,
  ),
  APPLICATION_PUBLIC_URL: optional(
    'Where buyers reach the shop, for links in mails; required with NODE_ENV=production.',
    url('http', 'https'),
  ),
  API_PROCESSES: setting(
    'How many processes answer requests on the one port; more than 1 on Linux only.',
    integer(1, 64),
    '1',
  ),
  MODULES: setting(
    'The modules that run here; requests for the others are sent on to where MODULE_URLS says.',
    someOf(...moduleNames),
    moduleNames.join(','),
  ),
  MODULE_URLS: setting(
    'Where the other modules run, as booking=http://127.0.0.1:3003,payment=http://127.0.0.1:3004.',
    addressesOf(...moduleNames),
    'none',
  ),
  CONTRACTS: setting(
    'The APIs of other systems that are spoken beside our own.',
    someOf(...contractNames),
    contractNames.join(','),
  ),
  CONSUMERS: setting(
    'Who consumes the queues of the festival contract: the worker, or only programs of their own.',
    oneOf('worker', 'programs'),
    'worker',
  ),
  WORKER: setting(
    'Where mails, messages and expiry run: in a process of their own, in the API process, or elsewhere.',
    oneOf('process', 'inline', 'none'),
    'process',
  ),

  TRUST_PROXY: optional(
    'Which proxies are believed when they say, by X-Forwarded-For, whom they speak for; none when absent.',
    either(integer(1, 9), listOf(network)),
  ),
  CORS_ORIGINS: optional(
    'Whose pages may call the API from a browser, beside our own.',
    listOf(origin),
  ),
  RATE_LIMIT_PER_ADDRESS: setting(
    'Requests a minute from one address, behind which may be a whole venue; 0 for any number.',
    integer(0, 10_000_000),
    '30000',
  ),
  RATE_LIMIT_PER_ACCOUNT: setting(
    'Requests a minute of one account, with all its API keys; 0 for any number.',
    integer(0, 10_000_000),
    '1200',
  ),
  RATE_LIMIT_PER_ACCOUNT_AND_EVENT: setting(
    'Orders a minute that one account may try to place for one event; 0 for any number.',
    integer(0, 10_000_000),
    '30',
  ),
  REDIS_URL: optional(
    'A Redis in which all processes count requests together; without it each counts for itself.',
    secretUrl('redis', 'rediss'),
  ),

  DATABASE_URL: optional(
    'A PostgreSQL 15 or later, as postgres://user:password@host:5432/database; the embedded one when absent.',
    secretUrl('postgres', 'postgresql'),
  ),
  DATA_DIR: setting('Where the embedded database and the keys are kept.', text, '.karcis'),
  MIGRATE: optional(
    'Bring the database up to date at the start (the default of the embedded one), or only check it.',
    oneOf('auto', 'check'),
  ),
  DEMO_DATA: optional(
    'Load demo events and accounts into an empty database; true with the embedded one, never with NODE_ENV=production.',
    flag,
  ),

  ...busTable,

  SMTP_HOST: optional(
    'The mail server; without one, mails are captured and shown to anyone. Required with NODE_ENV=production.',
    text,
  ),
  SMTP_PORT: setting('The port of the mail server.', integer(1, 65_535), '587'),
  SMTP_USER: optional('The user name at the mail server.', text),
  SMTP_PASSWORD: optional('The password at the mail server.', secret(1)),
  MAIL_FROM: setting('The sender of mails.', text, 'Karcis <tickets@localhost>'),
  OPERATOR_MAIL: optional('Who is told by mail when money cannot be given back by itself.', text),

  ACCESS_TOKEN_KEY: optional(
    'Signs access tokens; of several the first signs, and all are accepted. This key and the next three are made and kept in DATA_DIR when absent; required with DATABASE_URL.',
    secrets(32),
  ),
  REFRESH_TOKEN_KEY: optional('Signs refresh tokens; several as above.', secrets(32)),
  TICKET_SIGNING_KEY: optional('Signs the QR codes of tickets.', secret(32)),
  ORDER_SECRET_KEY: optional('Makes the secrets by which guests see their orders.', secret(32)),
  ACCESS_TOKEN_AGES: setting('How many seconds an access token lives.', integer(1, 86_400), '3600'),

  PAYMENT_GATEWAY: setting(
    'Who takes the money; the sandbox takes none.',
    oneOf('sandbox', 'xendit'),
    'sandbox',
  ),
  SANDBOX_CONTROL: setting(
    'Who may use the control page of the sandbox, /sandbox: who sits at this machine, anyone, or nobody.',
    oneOf('loopback', 'anyone', 'nobody'),
    'loopback',
  ),
  XENDIT_SECRET_KEY: optional('The secret API key at Xendit.', secret(1)),
  XENDIT_CALLBACK_TOKEN: optional('The token that Xendit sends with its webhooks.', secret(1)),
  XENDIT_URL: setting('The API of Xendit.', url('http', 'https'), 'https://api.xendit.co'),

  WEBHOOK_PRIVATE_ADDRESSES: setting(
    'Send webhooks also to loopback and private networks, over http and to any port; never with NODE_ENV=production.',
    flag,
    'false',
  ),

  CONFIRMATION_HOLD_HOURS: setting(
    'How many hours a booking of the festival contract waits to be confirmed.',
    integer(1, 720),
    '24',
  ),
  HOLD_SECONDS: setting('How long an unpaid order keeps its tickets.', integer(1, 604_800), '900'),
  CATALOG_REFRESH_SECONDS: setting('How old the list of events may be.', integer(1, 3_600), '3'),

  METRICS_TOKEN: optional(
    'What Prometheus sends as a bearer token to read /metrics, which without one answers this machine only.',
    secret(16),
  ),
  MESSAGE_RETENTION_DAYS: setting(
    'How many days it is known which messages were sent, for the timelines of orders.',
    integer(1, 3_650),
    '30',
  ),

  AUDIT_RETENTION_DAYS: setting(
    'How many days it is known what staff, organisers and administrators did.',
    integer(1, 36_500),
    '365',
  ),
  MAIL_RETENTION_DAYS: setting(
    'How many days mails are kept once they were handed over or given up.',
    integer(1, 3_650),
    '90',
  ),
  CHECK_IN_RETENTION_DAYS: setting(
    'How many days every scan at a door is kept; that a ticket was used stays known.',
    integer(1, 3_650),
    '90',
  ),

  ...tracingTable,

  LOG_LEVEL: setting(
    'How much is logged.',
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
  ),
  FAULT_STEPS_DIR: optional(
    'For fault tests: a folder that says between which two effects a process is to die.',
    text,
  ),
  LOG_DIR: optional('A folder that gets a copy of the log, a file per day.', text),
  LOG_RETENTION_DAYS: setting('How many of these files are kept.', integer(1, 3_650), '14'),
}

export const keyNames = [
  'ACCESS_TOKEN_KEY',
  'REFRESH_TOKEN_KEY',
  'TICKET_SIGNING_KEY',
  'ORDER_SECRET_KEY',
] as const
export type Keys = Record<(typeof keyNames)[number], string>
type Settings = ReturnType<typeof toConfig>
/** The settings once the port is chosen and every key is there. */
export type Config = Settings & { http: { publicUrl: string }; keys: Keys }

/** What `--help` prints, which is also a `.env` file in which nothing is set. */
export const settingsText = `# The settings of Karcis: environment variables, or lines of a file named .env.

${describeSettings(table)}`

/** The environment, over what the file `.env` says. Nothing else reads `process.env`. */
export function readEnv(): Env {
  try {
    return { ...parse(readFileSync('.env', 'utf8')), ...process.env }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ...process.env }
    throw startError(`The file .env cannot be read: ${(error as Error).message}.`)
  }
}

/** The settings, sorted by what they are for; a start error when one is wrong or unsafe. */
export function toConfig(env: Env) {
  const values = readSettings(table, env)
  refuseUnsafe(values)
  const embedded = values.DATABASE_URL === undefined
  const host = values.HOST ?? (embedded ? '127.0.0.1' : '0.0.0.0')
  return {
    production: values.NODE_ENV === 'production',
    http: {
      host,
      port: values.PORT,
      publicUrl: values.APPLICATION_PUBLIC_URL,
      processes: values.API_PROCESSES,
    },
    modules: values.MODULES,
    moduleUrls: values.MODULE_URLS,
    contracts: values.CONTRACTS,
    protection: {
      trustProxy: values.TRUST_PROXY,
      origins: values.CORS_ORIGINS ?? [],
      limits: {
        perAddress: values.RATE_LIMIT_PER_ADDRESS,
        perAccount: values.RATE_LIMIT_PER_ACCOUNT,
        perAccountAndEvent: values.RATE_LIMIT_PER_ACCOUNT_AND_EVENT,
      },
      redisUrl: values.REDIS_URL,
    },
    worker: values.WORKER,
    consumers: values.CONSUMERS,
    database: {
      url: values.DATABASE_URL,
      dataDir: path.resolve(values.DATA_DIR),
      migrate: values.MIGRATE ?? (embedded ? 'auto' : 'check'),
      demoData: values.DEMO_DATA ?? (embedded && values.NODE_ENV !== 'production'),
    },
    bus: busOf(values),
    mail: {
      host: values.SMTP_HOST,
      port: values.SMTP_PORT,
      user: values.SMTP_USER,
      password: values.SMTP_PASSWORD,
      from: values.MAIL_FROM,
      operator: values.OPERATOR_MAIL,
    },
    keys: Object.fromEntries(keyNames.map((name) => [name, values[name]])) as Partial<Keys>,
    accessTokenSeconds: values.ACCESS_TOKEN_AGES,
    payment: {
      gateway: values.PAYMENT_GATEWAY,
      sandboxControl: values.SANDBOX_CONTROL,
      xendit: {
        url: values.XENDIT_URL,
        secretKey: values.XENDIT_SECRET_KEY,
        callbackToken: values.XENDIT_CALLBACK_TOKEN,
      },
    },
    webhookPrivateAddresses: values.WEBHOOK_PRIVATE_ADDRESSES,
    holdSeconds: values.HOLD_SECONDS,
    confirmationHoldSeconds: values.CONFIRMATION_HOLD_HOURS * 60 * 60,
    catalogRefreshSeconds: values.CATALOG_REFRESH_SECONDS,
    metricsToken: values.METRICS_TOKEN,
    faultStepsDir: values.FAULT_STEPS_DIR,
    retention: {
      messageDays: values.MESSAGE_RETENTION_DAYS,
      auditDays: values.AUDIT_RETENTION_DAYS,
      mailDays: values.MAIL_RETENTION_DAYS,
      checkInDays: values.CHECK_IN_RETENTION_DAYS,
    },
    tracing: tracingOf(values),
    log: {
      level: values.LOG_LEVEL,
      folder: values.LOG_DIR,
      retentionDays: values.LOG_RETENTION_DAYS,
    },
  }
}

/** The settings of the bus alone. */
export const readBus = (env: Env): BusSettings => busOf(readSettings(busTable, env))

const busOf = (values: Values<typeof busTable>): BusSettings => ({
  kind: values.BUS,
  prefix: values.BUS_PREFIX,
  rabbitmqServer: values.RABBITMQ_SERVER,
  kafkaBrokers: values.KAFKA_BROKERS,
})

const tracingOf = (values: Values<typeof tracingTable>): TracingSettings => ({
  endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
  serviceName: values.OTEL_SERVICE_NAME,
  sampler: values.OTEL_TRACES_SAMPLER,
  ratio: values.OTEL_TRACES_SAMPLER_ARG,
})

export function complete(settings: Settings, port: number, keys: Keys): Config {
  const publicUrl = settings.http.publicUrl ?? localUrl(settings.http.host, port)
  return { ...settings, keys, http: { ...settings.http, port, publicUrl } }
}

/** A server that listens everywhere is reached here by its loopback address. */
export function localUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Values that are fine alone and dangerous together. */
function refuseUnsafe(values: Values<typeof table>): void {
  const { DATABASE_URL, NODE_ENV, PAYMENT_GATEWAY, XENDIT_SECRET_KEY, ...rest } = values
  if (DATABASE_URL === undefined) {
    if (XENDIT_SECRET_KEY?.startsWith('xnd_production_')) throw liveKey('XENDIT_SECRET_KEY')
  } else {
    const missing = keyNames.find((name) => values[name] === undefined)
    if (missing) throw startError(`${missing} is required with DATABASE_URL; ${howToMakeKeys}.`)
  }
  const nowhere = moduleNames.find(
    (name) => !values.MODULES.includes(name) && !values.MODULE_URLS[name],
  )
  if (nowhere)
    throw startError(`MODULE_URLS must say where ${nowhere} runs; MODULES leaves it out.`)
  if (values.API_PROCESSES > 1 && process.platform !== 'linux') {
    throw startError('API_PROCESSES must be 1 here; several processes share a port on Linux only.')
  }
  if (PAYMENT_GATEWAY === 'xendit') {
    if (!XENDIT_SECRET_KEY) throw neededBy('XENDIT_SECRET_KEY', 'PAYMENT_GATEWAY=xendit')
    if (!rest.XENDIT_CALLBACK_TOKEN) {
      throw neededBy('XENDIT_CALLBACK_TOKEN', 'PAYMENT_GATEWAY=xendit')
    }
  }
  if (NODE_ENV === 'production') {
    if (rest.FAULT_STEPS_DIR) {
      throw startError('FAULT_STEPS_DIR kills processes; it is refused with NODE_ENV=production.')
    }
    if (PAYMENT_GATEWAY === 'sandbox') {
      throw startError(
        'PAYMENT_GATEWAY is "sandbox", which takes no money; with NODE_ENV=production it must be xendit.',
      )
    }
    if (values.DEMO_DATA) {
      throw startError(
        'DEMO_DATA is true, which makes accounts with a known password; with NODE_ENV=production it must be false.',
      )
    }
    if (values.WEBHOOK_PRIVATE_ADDRESSES) {
      throw startError(
        'WEBHOOK_PRIVATE_ADDRESSES is true, which lets organisers reach into the network of the server; with NODE_ENV=production it must be false.',
      )
    }
    if (!rest.SMTP_HOST) throw neededBy('SMTP_HOST', 'NODE_ENV=production')
    if (!rest.APPLICATION_PUBLIC_URL) {
      throw neededBy('APPLICATION_PUBLIC_URL', 'NODE_ENV=production')
    }
  }
}

const howToMakeKeys = 'make one with `openssl rand -base64 32` and keep it'

const neededBy = (name: string, by: string) => startError(`${name} is required with ${by}.`)

const liveKey = (name: string) =>
  startError(
    `${name} is a live key, which moves real money; with the embedded database only a test key is taken.`,
  )
