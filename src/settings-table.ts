import {
  addressesOf,
  addresses,
  either,
  flag,
  integer,
  listOf,
  network,
  oneOf,
  digits,
  optional,
  origin,
  publicId,
  ratio,
  secret,
  secrets,
  secretUrl,
  setting,
  someOf,
  text,
  url,
  word,
} from './platform/settings.ts'
import { samplers } from './platform/span.ts'
import { demoConcertId } from './demo/demo-data.ts'
import { toPublicId } from './kernel/id.ts'

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

const gatewayNames = ['sandbox', 'xendit', 'midtrans'] as const
const contractNames = ['festival', 'services', 'tedx', 'concert'] as const
export type ContractName = (typeof contractNames)[number]
/** The settings of the bus, which some commands need and no other. */
export const busTable = {
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

export const tracingTable = {
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
export const table = {
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
    'A Redis by which all processes count requests and make the catalogue together; without it each does so for itself.',
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
    'Who takes the money, the preferred one first; the sandbox stands alone and takes none.',
    someOf(...gatewayNames),
    'sandbox',
  ),
  SANDBOX_CONTROL: setting(
    'Who may use the control page of the sandbox, /sandbox: who sits at this machine, anyone, or nobody.',
    oneOf('loopback', 'anyone', 'nobody'),
    'loopback',
  ),
  XENDIT_SECRET_KEY: optional('The secret API key at Xendit.', secret(1)),
  XENDIT_CALLBACK_TOKEN: optional('The token that Xendit sends with its webhooks.', secret(1)),
  XENDIT_CALLS_PER_MINUTE: optional(
    'How many calls Xendit allows the account; 60 with a test key and 600 with a live one, unless agreed otherwise.',
    integer(1, 10_000_000),
  ),
  XENDIT_URL: setting('The API of Xendit.', url('http', 'https'), 'https://api.xendit.co'),
  MIDTRANS_SERVER_KEY: optional('The server key at Midtrans.', secret(1)),
  MIDTRANS_CALLS_PER_MINUTE: optional(
    'How many calls Midtrans allows the account, which publishes no number; 300 when absent.',
    integer(1, 10_000_000),
  ),
  MIDTRANS_URL: setting(
    'The Core API of Midtrans; for trying, https://api.sandbox.midtrans.com.',
    url('http', 'https'),
    'https://api.midtrans.com',
  ),
  MIDTRANS_SNAP_URL: setting(
    'The Snap of Midtrans; for trying, https://app.sandbox.midtrans.com.',
    url('http', 'https'),
    'https://app.midtrans.com',
  ),

  WEBHOOK_PRIVATE_ADDRESSES: setting(
    'Send webhooks also to loopback and private networks, over http and to any port; never with NODE_ENV=production.',
    flag,
    'false',
  ),

  TEDX_EVENT: optional(
    'The one event that the tedx contract sells; all that are on sale when absent.',
    publicId('event'),
  ),
  TEDX_API_KEY: optional(
    'What orders through the tedx contract must show as X-API-Key.',
    secret(8),
  ),
  CONCERT_EVENT: setting(
    'The event that the concert contract sells; the demo concert when absent.',
    publicId('event'),
    toPublicId('event', demoConcertId),
  ),
  CONCERT_CANCEL_SECONDS: setting(
    'How long an unpaid order of the concert contract keeps its ticket.',
    integer(1, 604_800),
    '900',
  ),
  CONCERT_VA_PREFIX: optional(
    "What the bank puts before our digits in a virtual account number; the sandbox's when absent.",
    digits(1, 10),
  ),
  CONCERT_UNSIGNED_CALLBACKS: setting(
    'Take callbacks of the concert contract without a signature, as its load test sends them; with the sandbox only.',
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
