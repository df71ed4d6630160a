import { refuseDevelopmentSecrets } from './development-secrets.ts'
import { startError } from './platform/start-error.ts'
import type { Values } from './platform/settings.ts'
import { keyNames, moduleNames, type table } from './settings-table.ts'

/** Values that are fine alone and dangerous together. */
export function refuseUnsafe(values: SettingValues): void {
  const { DATABASE_URL, NODE_ENV } = values
  if (DATABASE_URL !== undefined) {
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
  if (values.CONCERT_UNSIGNED_CALLBACKS) refuseUnsignedCallbacks(values)
  refuseUnsafePayment(values)
  if (NODE_ENV === 'production') {
    refuseDevelopmentSecrets(values)
    if (values.FAULT_STEPS_DIR) {
      throw startError('FAULT_STEPS_DIR kills processes; it is refused with NODE_ENV=production.')
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
    if (!values.SMTP_HOST) throw neededBy('SMTP_HOST', 'NODE_ENV=production')
    if (!values.APPLICATION_PUBLIC_URL) {
      throw neededBy('APPLICATION_PUBLIC_URL', 'NODE_ENV=production')
    }
  }
}

export type SettingValues = Values<typeof table>

/** What each gateway cannot do without. */
const neededByGateway = {
  sandbox: [],
  xendit: ['XENDIT_SECRET_KEY', 'XENDIT_CALLBACK_TOKEN'],
  midtrans: ['MIDTRANS_SERVER_KEY'],
} as const

/** Real money needs a real database, and real sales need real money. */
function refuseUnsafePayment(values: SettingValues): void {
  const { PAYMENT_GATEWAY: gateways, NODE_ENV, DATABASE_URL } = values
  const isProduction = NODE_ENV === 'production'
  if (gateways.length === 0) throw startError('PAYMENT_GATEWAY is none; name at least one.')
  if (isProduction && gateways.includes('sandbox')) {
    throw startError(
      'PAYMENT_GATEWAY is "sandbox", which takes no money; with NODE_ENV=production it must be xendit or midtrans.',
    )
  }
  if (gateways.includes('sandbox') && gateways.length > 1) {
    throw startError('PAYMENT_GATEWAY has the sandbox beside a real gateway; it stands alone.')
  }
  for (const gateway of gateways) {
    const missing = neededByGateway[gateway].find((name) => !values[name])
    if (missing) throw neededBy(missing, `PAYMENT_GATEWAY=${gateway}`)
  }

  const key = values.MIDTRANS_SERVER_KEY
  const usesMidtrans = gateways.includes('midtrans')
  if (usesMidtrans && key?.startsWith('SB-') && isLiveMidtrans(values)) {
    throw startError(
      'MIDTRANS_SERVER_KEY is a key of the Midtrans sandbox, and MIDTRANS_URL or MIDTRANS_SNAP_URL is not; take all three from one side.',
    )
  }
  const keys = [
    {
      name: 'XENDIT_SECRET_KEY',
      isSet: values.XENDIT_SECRET_KEY !== undefined,
      isLive: isLiveXendit(values),
      isUsed: gateways.includes('xendit'),
    },
    {
      name: 'MIDTRANS_SERVER_KEY',
      isSet: key !== undefined,
      isLive: isLiveMidtrans(values) && usesMidtrans,
      isUsed: usesMidtrans,
    },
  ]
  for (const { name, isSet, isLive, isUsed } of keys) {
    if (isSet && isLive && (DATABASE_URL === undefined || (isUsed && !isProduction))) {
      throw liveKey(name)
    }
    if (isUsed && isProduction && !isLive) throw testKey(name)
  }
}

const isLiveXendit = ({ XENDIT_SECRET_KEY: key }: SettingValues): boolean =>
  key?.startsWith('xnd_production_') ?? false

/** Midtrans tells its sandbox by the host; keys look alike on newer accounts. */
export const isLiveMidtrans = ({ MIDTRANS_URL, MIDTRANS_SNAP_URL }: SettingValues): boolean =>
  [MIDTRANS_URL, MIDTRANS_SNAP_URL].some((address) => /\/\/(api|app)\.midtrans\.com/.test(address))

/** Whoever may say unsigned that an order is paid gets its ticket for nothing. */
function refuseUnsignedCallbacks(values: SettingValues): void {
  const setting =
    'CONCERT_UNSIGNED_CALLBACKS is true, which believes anyone who says that an order is paid'
  if (!values.PAYMENT_GATEWAY.includes('sandbox')) {
    throw startError(`${setting}; PAYMENT_GATEWAY must be sandbox then.`)
  }
  if (values.NODE_ENV === 'production') {
    throw startError(`${setting}; NODE_ENV must not be production then.`)
  }
  if (isLiveXendit(values)) {
    throw startError(`${setting}; XENDIT_SECRET_KEY must not be a live key then.`)
  }
  if (values.MIDTRANS_SERVER_KEY?.startsWith('Mid-')) {
    throw startError(`${setting}; MIDTRANS_SERVER_KEY must not be a live key then.`)
  }
}

const howToMakeKeys = 'make one with `openssl rand -base64 32` and keep it'

const neededBy = (name: string, by: string) => startError(`${name} is required with ${by}.`)

const liveKey = (name: string) =>
  startError(
    `${name} is a live key, which moves real money; it is taken with NODE_ENV=production and DATABASE_URL alone.`,
  )

const testKey = (name: string) =>
  startError(`${name} is a test key, which takes no money; NODE_ENV=production needs a live one.`)
