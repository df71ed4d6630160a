type Channel = {
  /** As Snap names it. */
  snap: string
  label: string
  kind: 'va' | 'ewallet' | 'qr'
  isRefundable: boolean
  seconds: number
  secondsMax: number
  /** The digits of a virtual account number that a merchant may choose; the prefix before them. */
  digits: number
  prefix: string
}

const day = 86_400
const va = (snap: string, label: string, prefix: string, digits = 10): Channel => ({
  snap,
  label,
  prefix,
  digits,
  kind: 'va',
  isRefundable: false,
  seconds: day,
  secondsMax: 180 * day,
})

/** The ways to pay at Midtrans. */
export const midtransChannels: ReadonlyMap<string, Channel> = new Map([
  ['bca', va('bca_va', 'BCA Virtual Account', '81278', 11)],
  ['bni', va('bni_va', 'BNI Virtual Account', '98887193', 8)],
  ['bri', va('bri_va', 'BRI Virtual Account', '12345', 13)],
  ['cimb', va('cimb_va', 'CIMB Niaga Virtual Account', '281057')],
  ['permata', va('permata_va', 'Permata Virtual Account', '850003')],
  ['echannel', va('echannel', 'Mandiri Bill Payment', '', 12)],
  ['gopay', wallet('gopay', 'GoPay', 'ewallet', 7 * day)],
  ['qris', wallet('other_qris', 'QRIS', 'qr', 5 * day)],
])

function wallet(snap: string, label: string, kind: 'ewallet' | 'qr', secondsMax: number): Channel {
  const seconds = 15 * 60
  return { snap, label, kind, secondsMax, seconds, isRefundable: true, digits: 0, prefix: '' }
}

export const isMidtransVa = (name: string | null): boolean =>
  midtransChannels.get(name ?? '')?.kind === 'va'

/** The channel that a charge asks for; undefined when there is none such. */
export function chargedChannel(request: Record<string, unknown>): string | undefined {
  const type = request['payment_type']
  if (type === 'bank_transfer') {
    const transfer = request['bank_transfer'] as { bank?: unknown } | null | undefined
    const bank = transfer?.bank
    return typeof bank === 'string' && bank !== 'echannel' && isMidtransVa(bank) ? bank : undefined
  }
  return ['permata', 'echannel', 'gopay', 'qris'].find((name) => name === type)
}

export const paymentTypeOf = (channel: string): string =>
  isMidtransVa(channel) && channel !== 'echannel' ? 'bank_transfer' : channel
