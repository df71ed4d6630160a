import { fieldsOf } from '../../domain/fields.ts'
import type { Merchant } from '../../domain/merchant.ts'
import { midtransChannels } from '../../domain/midtrans/channels.ts'
import { channelsOf } from '../../domain/midtrans/snap.ts'
import { channelsFor } from '../../domain/paying.ts'
import type { Payment } from '../../domain/payment.ts'
import { xenditChannels } from '../../domain/xendit/channels.ts'
import { qrString } from '../../domain/qr-string.ts'
import { both, html, money, type Html } from './html.ts'

/** The hosted page of any payment: no script, Indonesian first and English beside it. */
export async function paymentPage(
  payment: Payment,
  { name }: Merchant,
  { now, hasFailed }: { now: Date; hasFailed: boolean },
): Promise<Html> {
  const { amount, currency, request } = payment
  return html`<h1>${name}</h1>
    <p class="total">${money(amount, currency)}</p>
    <dl>
      <dt>${both('Pesanan', 'Order')}</dt>
      <dd>${orderOf(payment)}</dd>
      ${
        request['description'] != null &&
        html`<dt>${both('Keterangan', 'Description')}</dt>
          <dd>${request['description']}</dd>`
      }
    </dl>
    ${hasFailed && html`<p class="over">${both('Pembayaran gagal. Coba lagi.', 'The payment failed. Try again.')}</p>`}
    ${payment.status === 'pending' && !payment.money ? await payable(payment, now) : ended(payment)}`
}

export const notFoundPage = html`<h1>
  ${both('Tagihan tidak ditemukan.', 'There is no such invoice.')}
</h1>`

async function payable(payment: Payment, now: Date): Promise<Html> {
  const { id, expiresAt, kind } = payment
  const minutes = Math.max(0, Math.ceil((expiresAt.getTime() - now.getTime()) / 60_000))
  const fails = kind !== 'snap'
  return html`<p>${both(`Bayar dalam ${minutes} menit.`, `Pay within ${minutes} minutes.`)}</p>
    ${await howToPay(payment)} ${fails && button(id, 'fail', both('Gagalkan', 'Fail'))}
    ${button(id, 'expire', both('Akhiri', 'Expire'))}`
}

const button = (id: string, what: string, label: Html): Html =>
  html`<form method="post" action="${id}/${what}"><button class="quiet">${label}</button></form>`

async function qrCode(id: string): Promise<string> {
  const { default: qrcode } = await import('qrcode')
  return qrcode.toString(qrString(id), { type: 'svg' })
}

async function howToPay(payment: Payment): Promise<Html> {
  const { id, channel, number, amount } = payment
  const pay = html`<button>${both('Bayar', 'Pay')}</button>`
  if (channel === null) {
    const options = offered(payment).map(
      ([name, label]) => html`<option value="${name}">${label}</option>`,
    )
    return html`<form method="post" action="${id}/pay">
      <label
        >${both('Cara bayar', 'Pay with')}<select name="channel">
          ${options}
        </select></label
      >
      ${pay}
    </form>`
  }
  if (number !== null) {
    return html`<dl>
        <dt>${labelOf(payment, channel)}</dt>
        <dd class="number">${number}</dd>
      </dl>
      ${bankForm(`${id}/pay`, amount)}`
  }
  const isScanned = channelsFor(payment).some((name) => name.toLowerCase() === 'qris')
  return html`${isScanned && { html: await qrCode(id) }}
    <p>${labelOf(payment, channel)}</p>
    <form method="post" action="${id}/pay">${pay}</form>
    ${
      channel === 'gopay' &&
      html`<form method="post" action="${id}/pay">
        <input type="hidden" name="channel" value="qris" />
        <button class="quiet">
          ${both('Bayar dengan memindai kode QR', 'Pay by scanning the QR code')}
        </button>
      </form>`
    }`
}

/** The bank at which a number is paid. Any amount can be typed, to try what comes of it. */
export const bankForm = (action: string, amount: number, bank?: string): Html =>
  html`<form method="post" action="${action}">
    ${bank !== undefined && html`<input type="hidden" name="channel" value="${bank}" />`}
    <label
      >${both('Jumlah', 'Amount')}<input
        name="amount"
        inputmode="numeric"
        pattern="[0-9]+"
        required
        value="${amount}"
    /></label>
    <button>${both('Bayar di bank', 'Pay at the bank')}</button>
  </form>`

function offered(payment: Payment): [name: string, label: string][] {
  const names = payment.kind === 'snap' ? channelsOf(payment.request) : xenditOffer(payment)
  return names.map((name) => [name, labelOf(payment, name)])
}

/** DANA and QRIS first, as most payers would have it. */
function xenditOffer({ kind, request }: Payment): string[] {
  const asked = request[kind === 'session' ? 'allowed_payment_channels' : 'payment_methods']
  const all = [...new Set(['DANA', 'QRIS', ...xenditChannels.keys()])]
  const allowed = all.filter(
    (name) =>
      !Array.isArray(asked) ||
      asked.includes(name) ||
      asked.includes(xenditChannels.get(name)?.code),
  )
  return allowed.length > 0 ? allowed : all
}

function labelOf({ gateway }: Payment, name: string): string {
  if (gateway === 'midtrans') return midtransChannels.get(name)?.label ?? name
  return xenditChannels.get(name)?.kind === 'va' ? `${name} Virtual Account` : name
}

function ended(payment: Payment): Html {
  const isPaid = payment.money !== null && payment.status !== 'denied'
  const back = returnUrl(payment, isPaid)
  return html`${
    isPaid
      ? html`<p class="paid">${both('Sudah dibayar.', 'Paid.')}</p>`
      : html`<p class="over">${said[payment.status]}</p>`
  }
  ${back && html`<p><a href="${back}">${both('Kembali ke toko', 'Back to the shop')}</a></p>`}`
}

const isOver = both('Sudah berakhir.', 'Expired.')
const said: Record<Payment['status'], Html> = {
  pending: isOver,
  paid: isOver,
  failed: both('Pembayaran gagal.', 'The payment failed.'),
  expired: isOver,
  cancelled: both('Dibatalkan.', 'Cancelled.'),
  denied: both('Ditolak oleh bank.', 'Denied by the bank.'),
}

/** The way back that the merchant named, in the words of each kind. */
function returnUrl({ request }: Payment, isPaid: boolean): string | undefined {
  const properties = fieldsOf(request['channel_properties'])
  const candidates = [
    request[isPaid ? 'success_redirect_url' : 'failure_redirect_url'],
    request[isPaid ? 'success_return_url' : 'cancel_return_url'],
    properties[isPaid ? 'success_return_url' : 'failure_return_url'],
    fieldsOf(request['gopay'])['callback_url'],
    fieldsOf(request['callbacks'])['finish'],
  ]
  return candidates.find(
    (url): url is string => typeof url === 'string' && /^https?:\/\//i.test(url),
  )
}

/** What the payer knows the order by. */
const orderOf = ({ reference, request }: Payment): unknown =>
  fieldsOf(request['metadata'])['order_id'] ?? reference
