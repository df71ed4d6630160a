import assert from 'node:assert'
import { test } from 'node:test'
import { complete, keyNames, settingsText, toConfig } from './config.ts'

const key = 'k'.repeat(32)
const keys = Object.fromEntries(keyNames.map((name) => [name, key])) as Record<
  (typeof keyNames)[number],
  string
>
const foreign = { DATABASE_URL: 'postgres://karcis:hunter2@db.example/karcis', ...keys }

test('with nothing set, everything is here and open to this machine alone', () => {
  const config = toConfig({})
  assert.deepEqual(config.http, {
    host: '127.0.0.1',
    port: 3000,
    publicUrl: undefined,
    processes: 1,
  })
  assert.equal(config.database.url, undefined)
  assert.equal(config.database.migrate, 'auto')
  assert.equal(config.database.demoData, true)
  assert.deepEqual(config.worker, 'process')
})

test('with a foreign database, the program listens to all and changes nothing unasked', () => {
  const config = toConfig(foreign)
  assert.equal(config.http.host, '0.0.0.0')
  assert.equal(config.database.migrate, 'check')
  assert.equal(config.database.demoData, false)
  assert.equal(complete(config, 3000, keys).http.publicUrl, 'http://localhost:3000')
})

test('an empty value is as good as none, and spaces around a value do not count', () => {
  assert.equal(toConfig({ PORT: ' ' }).http.port, 3000)
  assert.equal(toConfig({ PORT: ' 8080 ' }).http.port, 8080)
  assert.equal(toConfig({ OPERATOR_MAIL: ' ' }).mail.operator, undefined)
})

const production = {
  ...foreign,
  NODE_ENV: 'production',
  PAYMENT_GATEWAY: 'xendit',
  XENDIT_SECRET_KEY: 'xnd_production_1',
  XENDIT_CALLBACK_TOKEN: 'token',
  SMTP_HOST: 'mail',
  APPLICATION_PUBLIC_URL: 'https://shop.example',
}

const trial = {
  MIDTRANS_URL: 'https://api.sandbox.midtrans.com',
  MIDTRANS_SNAP_URL: 'https://app.sandbox.midtrans.com',
}

const refused: [Record<string, string>, RegExp][] = [
  [{ PORT: '65536' }, /^PORT is "65536"; it must be a whole number from 0 to 65535\.$/],
  [{ PORT: '-1' }, /^PORT is "-1"/],
  [{ PORT: '0x10' }, /^PORT is "0x10"/],
  [
    { PAYMENT_GATEWAY: 'stripe' },
    /^PAYMENT_GATEWAY is "stripe"; it must be some of sandbox, xendit, midtrans, .* none\.$/,
  ],
  [{ HOLD_SECONDS: '0' }, /^HOLD_SECONDS is "0"/],
  [{ API_PROCESSES: '0' }, /^API_PROCESSES is "0"/],
  [{ DEMO_DATA: 'yes' }, /^DEMO_DATA is "yes"; it must be true or false\.$/],
  [{ APPLICATION_PUBLIC_URL: 'ftp://x' }, /^APPLICATION_PUBLIC_URL is "ftp:\/\/x"/],
  [{ ACCESS_TOKEN_KEY: 'hunter2' }, /^ACCESS_TOKEN_KEY is not acceptable; .*32 characters/],
  [{ ACCESS_TOKEN_KEY: `${key},hunter2` }, /^ACCESS_TOKEN_KEY is not acceptable/],
  [{ ACCESS_TOKEN_KEY: `${key},` }, /^ACCESS_TOKEN_KEY is not acceptable/],
  [{ TRUST_PROXY: 'true' }, /^TRUST_PROXY is "true"; it must be a whole number from 1 to 9, or /],
  [{ TRUST_PROXY: '10.0.0.0/33' }, /^TRUST_PROXY is/],
  [{ TRUST_PROXY: '10.0.0.1,proxy' }, /^TRUST_PROXY is/],
  [{ CORS_ORIGINS: '*' }, /^CORS_ORIGINS is "\*"; it must be an origin such as/],
  [{ CORS_ORIGINS: 'https://a.example/path' }, /^CORS_ORIGINS is/],
  [{ CORS_ORIGINS: 'https://a.example,null' }, /^CORS_ORIGINS is/],
  [{ DATABASE_URL: 'mysql://root:hunter2@x/y' }, /^DATABASE_URL is not acceptable; .*postgres:/],
  [{ ...foreign, TICKET_SIGNING_KEY: '' }, /^TICKET_SIGNING_KEY is required with DATABASE_URL/],
  [{ PAYMENT_GATEWAY: 'xendit' }, /^XENDIT_SECRET_KEY is required with PAYMENT_GATEWAY=xendit\.$/],
  [
    { PAYMENT_GATEWAY: 'xendit', XENDIT_SECRET_KEY: 'xnd_development_1' },
    /^XENDIT_CALLBACK_TOKEN is required/,
  ],
  [{ XENDIT_SECRET_KEY: 'xnd_production_hunter2' }, /^XENDIT_SECRET_KEY is a live key/],
  [
    {
      CONCERT_UNSIGNED_CALLBACKS: 'true',
      PAYMENT_GATEWAY: 'xendit',
      XENDIT_SECRET_KEY: 'xnd_development_1',
    },
    /^CONCERT_UNSIGNED_CALLBACKS is true, .* PAYMENT_GATEWAY must be sandbox then\.$/,
  ],
  [
    { ...foreign, CONCERT_UNSIGNED_CALLBACKS: 'true', XENDIT_SECRET_KEY: 'xnd_production_hunter2' },
    /^CONCERT_UNSIGNED_CALLBACKS is true, .* XENDIT_SECRET_KEY must not be a live key then\.$/,
  ],
  [
    { ...foreign, NODE_ENV: 'production', CONCERT_UNSIGNED_CALLBACKS: 'true' },
    /^CONCERT_UNSIGNED_CALLBACKS is true, .* NODE_ENV must not be production then\.$/,
  ],
  [
    { CONCERT_EVENT: 'user-1' },
    /^CONCERT_EVENT is "user-1"; it must be an id that begins with event-/,
  ],
  [{ CONCERT_VA_PREFIX: '12a' }, /^CONCERT_VA_PREFIX is "12a"; it must be 1 to 10 digits\.$/],
  [{ PAYMENT_GATEWAY: 'none' }, /^PAYMENT_GATEWAY is none/],
  [{ PAYMENT_GATEWAY: 'sandbox,xendit' }, /^PAYMENT_GATEWAY has the sandbox beside/],
  [{ PAYMENT_GATEWAY: 'midtrans' }, /^MIDTRANS_SERVER_KEY is required with PAYMENT_GATEWAY=midt/],
  [
    { PAYMENT_GATEWAY: 'midtrans', MIDTRANS_SERVER_KEY: 'SB-Mid-server-hunter2' },
    /^MIDTRANS_SERVER_KEY is a key of the Midtrans sandbox/,
  ],
  [
    { PAYMENT_GATEWAY: 'midtrans', MIDTRANS_SERVER_KEY: 'Mid-server-hunter2' },
    /^MIDTRANS_SERVER_KEY is a live key/,
  ],
  [
    { ...production, PAYMENT_GATEWAY: 'midtrans', MIDTRANS_SERVER_KEY: 'x', ...trial },
    /^MIDTRANS_SERVER_KEY is a test key/,
  ],
  [{ ...production, XENDIT_SECRET_KEY: 'xnd_development_1' }, /^XENDIT_SECRET_KEY is a test key/],
  [{ ...production, NODE_ENV: 'development' }, /^XENDIT_SECRET_KEY is a live key/],
  [
    { ...production, ...foreign, ORDER_SECRET_KEY: 'only-for-development-hunter2-and-so-on' },
    /^ORDER_SECRET_KEY has a secret that is only for development/,
  ],
  [{ ...production, SMTP_HOST: '' }, /^SMTP_HOST is required with NODE_ENV=production\.$/],
  [{ ...production, DEMO_DATA: 'true' }, /^DEMO_DATA is true, .* it must be false\.$/],
  [
    { ...production, WEBHOOK_PRIVATE_ADDRESSES: 'true' },
    /^WEBHOOK_PRIVATE_ADDRESSES is true, .* it must be false\.$/,
  ],
  [{ NODE_ENV: 'production' }, /^PAYMENT_GATEWAY is "sandbox", which takes no money/],
  [
    {
      ...foreign,
      NODE_ENV: 'production',
      PAYMENT_GATEWAY: 'xendit',
      XENDIT_SECRET_KEY: 'xnd_production_1',
      XENDIT_CALLBACK_TOKEN: 'token',
      SMTP_HOST: 'mail',
    },
    /^APPLICATION_PUBLIC_URL is required with NODE_ENV=production\.$/,
  ],
]

test('a wrong or unsafe value is refused in a sentence that gives no secret away', () => {
  for (const [env, sentence] of refused) {
    assert.throws(
      () => toConfig(env),
      (error: Error) => {
        assert.match(error.message, sentence)
        assert.doesNotMatch(error.message, /hunter2|\n/)
        return true
      },
    )
  }
})

test('live keys are taken with a foreign database, test keys with any', () => {
  assert.ok(toConfig({ ...foreign, XENDIT_SECRET_KEY: 'xnd_production_1' }))
  assert.ok(toConfig({ XENDIT_SECRET_KEY: 'xnd_development_1' }))
})

test('several keys, proxies and origins are separated by commas', () => {
  const { keys, protection } = toConfig({
    ACCESS_TOKEN_KEY: `${key},${'n'.repeat(32)}`,
    TRUST_PROXY: '10.0.0.0/8, fd00::/8,192.0.2.1',
    CORS_ORIGINS: 'https://a.example, http://localhost:5173',
  })
  assert.equal(keys.ACCESS_TOKEN_KEY, `${key},${'n'.repeat(32)}`)
  assert.deepEqual(protection.trustProxy, ['10.0.0.0/8', 'fd00::/8', '192.0.2.1'])
  assert.deepEqual(protection.origins, ['https://a.example', 'http://localhost:5173'])
  assert.equal(toConfig({ TRUST_PROXY: '2' }).protection.trustProxy, 2)
  assert.equal(toConfig({}).protection.trustProxy, undefined)
})

test('gateways are taken in the order of preference, each with its account', () => {
  const both = { ...production, PAYMENT_GATEWAY: 'midtrans, xendit', MIDTRANS_SERVER_KEY: 'x' }
  const { payment } = toConfig(both)
  assert.deepEqual(payment.gateways, ['midtrans', 'xendit'])
  assert.equal(payment.midtrans.account, 'live')
  const trying = { PAYMENT_GATEWAY: 'midtrans', MIDTRANS_SERVER_KEY: 'SB-x', ...trial }
  assert.equal(toConfig(trying).payment.midtrans.account, 'test')
})

test('the help is a file of settings in which every default may be uncommented', () => {
  const lines = settingsText.split('\n').filter((line) => /^#[A-Z_]+=/.test(line))
  const env = lines.map((line) => line.slice(1).split('=') as [string, string])
  assert.deepEqual(toConfig(Object.fromEntries(env)), toConfig({}))
})
