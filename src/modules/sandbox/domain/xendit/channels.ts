type Channel = {
  /** As payment requests name it. */
  code: string
  kind: 'va' | 'ewallet' | 'qr'
  isRefundable: boolean
  /** How long it may be paid when the merchant does not say. */
  seconds: number
  amountMin: number
  amountMax: number
}

const hour = 3_600
const va = (bank: string): Channel => ({
  code: `${bank}_VIRTUAL_ACCOUNT`,
  kind: 'va',
  // A virtual account does not tell where the money came from.
  isRefundable: false,
  seconds: 24 * hour,
  amountMin: bank === 'BCA' ? 10_000 : 1,
  amountMax: 50_000_000,
})
const wallet = (code: string, seconds: number, isRefundable = true): Channel => ({
  code,
  kind: 'ewallet',
  isRefundable,
  seconds,
  amountMin: 1,
  amountMax: 20_000_000,
})

const banks = 'BCA BNI BRI MANDIRI PERMATA CIMB BSI BJB BSS BNC HANA MUAMALAT'.split(' ')

/** The ways to pay at Xendit, by their short name. */
export const xenditChannels: ReadonlyMap<string, Channel> = new Map([
  ...banks.map((bank) => [bank, va(bank)] as const),
  ['DANA', wallet('DANA', 24 * hour)],
  ['OVO', wallet('OVO', 55, false)],
  ['SHOPEEPAY', wallet('SHOPEEPAY', 15 * 60)],
  ['LINKAJA', wallet('LINKAJA', 24 * hour)],
  ['ASTRAPAY', wallet('ASTRAPAY', 24 * hour)],
  [
    'QRIS',
    {
      code: 'QRIS',
      kind: 'qr',
      isRefundable: true,
      seconds: 48 * hour,
      amountMin: 1,
      amountMax: 10_000_000,
    },
  ],
])

const namesByCode = new Map([...xenditChannels].map(([name, { code }]) => [code, name]))
/** The short name of a channel that a payment request names by its code. */
export const xenditChannelOf = (code: unknown): string | undefined =>
  typeof code === 'string' ? namesByCode.get(code) : undefined

/** How invoices and refunds tell of a channel. */
export function channelOnInvoice(name: string): Record<string, string> {
  switch (xenditChannels.get(name)?.kind) {
    case 'va':
      return { payment_method: 'BANK_TRANSFER', payment_channel: name, bank_code: name }
    case 'ewallet':
      return { payment_method: 'EWALLET', payment_channel: name, ewallet_type: name }
    default:
      return { payment_method: 'QR_CODE', payment_channel: name }
  }
}

const prefixes: Record<string, string> = {
  BCA: '10766',
  BNI: '8808',
  BRI: '92001',
  MANDIRI: '88608',
}
/** Our part of a virtual account number with the bank's before it. */
export const vaNumber = (bank: string, ours: string): string => `${prefixes[bank] ?? '7008'}${ours}`
