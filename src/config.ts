import { parse } from 'dotenv'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { BusSettings } from './platform/open-bus.ts'
import { describeSettings, readSettings, type Env, type Values } from './platform/settings.ts'
import type { TracingSettings } from './platform/span.ts'
import { startError } from './platform/start-error.ts'

import type { tracingTable } from './settings-table.ts'
import { busTable, keyNames, table, type Keys } from './settings-table.ts'
import { isLiveMidtrans, refuseUnsafe, type SettingValues } from './unsafe-settings.ts'

export {
  keyNames,
  moduleNames,
  type ContractName,
  type Keys,
  type ModuleName,
} from './settings-table.ts'

type Settings = ReturnType<typeof toConfig>
/** The settings once the port is chosen and every key is there. */
export type Config = Settings & {
  http: {
    publicUrl: string
    /** Where requests come in on this machine: here, or at the process in front of the services. */
    entryUrl: string
  }
  keys: Keys
}

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
    protection: protectionOf(values),
    worker: values.WORKER,
    consumers: values.CONSUMERS,
    database: {
      url: values.DATABASE_URL,
      dataDir: path.resolve(values.DATA_DIR),
      migrate: values.MIGRATE ?? (embedded ? 'auto' : 'check'),
      demoData: values.DEMO_DATA ?? (embedded && values.NODE_ENV !== 'production'),
    },
    bus: busOf(values),
    redisUrl: values.REDIS_URL,
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
    payment: paymentOf(values),
    webhookPrivateAddresses: values.WEBHOOK_PRIVATE_ADDRESSES,
    tedx: { eventId: values.TEDX_EVENT, apiKey: values.TEDX_API_KEY },
    concert: {
      eventId: values.CONCERT_EVENT,
      holdSeconds: values.CONCERT_CANCEL_SECONDS,
      vaPrefix: values.CONCERT_VA_PREFIX,
      unsignedCallbacks: values.CONCERT_UNSIGNED_CALLBACKS,
    },
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

const paymentOf = (values: SettingValues) => ({
  gateways: values.PAYMENT_GATEWAY,
  midtrans: {
    url: values.MIDTRANS_URL,
    snapUrl: values.MIDTRANS_SNAP_URL,
    serverKey: values.MIDTRANS_SERVER_KEY,
    callsPerMinute: values.MIDTRANS_CALLS_PER_MINUTE,
    account: isLiveMidtrans(values) ? ('live' as const) : ('test' as const),
  },
  sandboxControl: values.SANDBOX_CONTROL,
  xendit: {
    url: values.XENDIT_URL,
    secretKey: values.XENDIT_SECRET_KEY,
    callbackToken: values.XENDIT_CALLBACK_TOKEN,
    callsPerMinute: values.XENDIT_CALLS_PER_MINUTE,
  },
})

const protectionOf = (values: SettingValues) => ({
  trustProxy: values.TRUST_PROXY,
  origins: values.CORS_ORIGINS ?? [],
  limits: {
    perAddress: values.RATE_LIMIT_PER_ADDRESS,
    perAccount: values.RATE_LIMIT_PER_ACCOUNT,
    perAccountAndEvent: values.RATE_LIMIT_PER_ACCOUNT_AND_EVENT,
  },
})

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
  const entryUrl = localUrl(settings.http.host, port)
  const publicUrl = settings.http.publicUrl ?? entryUrl
  return { ...settings, keys, http: { ...settings.http, port, publicUrl, entryUrl } }
}

/** A server that listens everywhere is reached here by its loopback address. */
export function localUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
