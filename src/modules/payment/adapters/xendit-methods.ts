import assert from 'node:assert'
import type { GatewayMethod } from '../ports.ts'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

const defaults = {
  channel: null,
  currency: 'IDR',
  // Where Xendit publishes no number this is what every channel is known to take.
  amountMin: 10_000,
  amountMax: 50_000_000,
  expirySecondsMin: minute,
  expirySecondsMax: day,
  refundable: 'full',
  reversibleSeconds: 0,
} as const

const va = (channel: string, change: Partial<GatewayMethod> = {}): GatewayMethod => ({
  ...defaults,
  method: 'va',
  channel,
  expirySecondsMax: 180 * day,
  refundable: 'none',
  ...change,
})

const wallet = (
  channel: string,
  seconds: number,
  change: Partial<GatewayMethod> = {},
): GatewayMethod => ({
  ...defaults,
  method: 'ewallet',
  channel,
  amountMin: 1_000,
  amountMax: 10_000_000,
  expirySecondsMin: seconds,
  expirySecondsMax: seconds,
  ...change,
})

/** What each channel can do; docs/payments.md tells which numbers are Xendit's and which ours. */
export const xenditMethods: readonly GatewayMethod[] = [
  { ...defaults, method: 'invoice', amountMin: 1, expirySecondsMax: 365 * day },
  va('bca'),
  va('bni', { amountMin: 1 }),
  va('bri', { amountMin: 1 }),
  va('permata'),
  va('cimb'),
  va('mandiri', { amountMin: 1 }),
  wallet('dana', day),
  wallet('shopeepay', 15 * minute),
  wallet('linkaja', 15 * minute, { refundable: 'none' }),
  wallet('astrapay', 15 * minute, { refundable: 'none' }),
  // Last, as it asks for a phone number, which many buyers do not give.
  wallet('ovo', 55, { refundable: 'none', needsPhone: true }),
  {
    ...defaults,
    method: 'qris',
    amountMin: 1_000,
    amountMax: 10_000_000,
    expirySecondsMin: 48 * hour,
    expirySecondsMax: 48 * hour,
  },
  { ...defaults, method: 'page', expirySecondsMin: 10 * minute },
]

export function xenditMethodOf(method: string, channel: string | null): GatewayMethod {
  const found = xenditMethods.find((one) => one.method === method && one.channel === channel)
  assert(found, `a payment by ${method} ${channel} is offered before it is asked for`)
  return found
}
