import assert from 'node:assert'
import type { GatewayMethod } from '../ports.ts'

const minute = 60
const day = 24 * 60 * minute

const defaults = {
  channel: null,
  currency: 'IDR',
  // Midtrans publishes no amounts; this is what every bank and wallet is known to take.
  amountMin: 10_000,
  amountMax: 50_000_000,
  expirySecondsMin: minute,
  expirySecondsMax: day,
  refundable: 'partial',
  reversibleSeconds: 0,
} as const

const va = (channel: string, change: Partial<GatewayMethod> = {}): GatewayMethod => ({
  ...defaults,
  method: 'va',
  channel,
  expirySecondsMin: 20,
  expirySecondsMax: 180 * day,
  refundable: 'none',
  ...change,
})

/** Permata and Mandiri take a settled payment back within about five minutes, if they do. */
const reversible = { reversibleSeconds: 10 * minute }

/** What each channel can do; docs/payments.md tells which numbers are Midtrans' and which ours. */
export const midtransMethods: readonly GatewayMethod[] = [
  va('bca'),
  va('bni'),
  va('bri'),
  va('permata', reversible),
  va('cimb'),
  va('mandiri', reversible),
  {
    ...defaults,
    method: 'ewallet',
    channel: 'gopay',
    amountMin: 1_000,
    amountMax: 10_000_000,
    expirySecondsMax: 7 * day,
  },
  { ...defaults, method: 'qris', amountMin: 1_000, amountMax: 10_000_000 },
  {
    ...defaults,
    ...reversible,
    method: 'page',
    expirySecondsMin: 5 * minute,
    expirySecondsMax: 7 * day,
    refundable: 'full',
  },
]

export function midtransMethodOf(method: string, channel: string | null): GatewayMethod {
  const found = midtransMethods.find((one) => one.method === method && one.channel === channel)
  assert(found, `a payment by ${method} ${channel} is offered before it is asked for`)
  return found
}
