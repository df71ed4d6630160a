import { decimalsOf, formatMoney } from '../../../kernel/money.ts'
import type { Invoice } from '../domain/invoice.ts'
import type { Merchant } from '../domain/wire.ts'

/** The hosted payment page: no script, Indonesian first and English beside it. */
export function invoicePage(invoice: Invoice, merchant: Merchant, now: Date): string {
  const { amount, currency, request } = invoice
  const total = formatMoney({ amount: amount * 10 ** decimalsOf(currency), currency }, 'id')
  return html(
    merchant.name,
    `<h1>${escaped(merchant.name)}</h1>
<p class="total">${escaped(total)}</p>
<dl>
<dt>Pesanan <i lang="en">Order</i></dt><dd>${escaped(orderOf(invoice))}</dd>
<dt>Keterangan <i lang="en">Description</i></dt><dd>${escaped(plain(request['description'] ?? '–'))}</dd>
</dl>
${invoice.status === 'PENDING' ? payable(invoice, now) : ended(invoice)}`,
  )
}

export const notFoundPage = (): string =>
  html('404', '<h1>Tagihan tidak ditemukan</h1><p lang="en">There is no such invoice.</p>')

function payable({ id, expiresAt }: Invoice, now: Date): string {
  const minutes = Math.max(0, Math.ceil((expiresAt.getTime() - now.getTime()) / 60_000))
  return `<p>Bayar dalam ${minutes} menit. <i lang="en">Pay within ${minutes} minutes.</i></p>
<form method="post" action="${id}/pay">
<label>Cara bayar <i lang="en">Pay with</i>
<select name="channel">
<option value="DANA">DANA</option>
<option value="QRIS">QRIS</option>
<option value="BCA">BCA Virtual Account</option>
</select></label>
<button>Bayar <i lang="en">Pay</i></button>
</form>
<form method="post" action="${id}/expire">
<button class="quiet">Akhiri <i lang="en">Expire</i></button>
</form>`
}

function ended({ payment, request }: Invoice): string {
  const said = payment
    ? '<p class="paid">Sudah dibayar. <i lang="en">Paid.</i></p>'
    : '<p class="over">Sudah berakhir. <i lang="en">Expired.</i></p>'
  const back = request[payment ? 'success_redirect_url' : 'failure_redirect_url']
  if (typeof back !== 'string' || !/^https?:\/\//i.test(back)) return said
  return `${said}<p><a href="${escaped(back)}">Kembali ke toko <i lang="en">Back to the shop</i></a></p>`
}

function orderOf({ externalId, request }: Invoice): string {
  const metadata = request['metadata'] as Record<string, unknown> | null | undefined
  return plain(metadata?.['order_id'] ?? externalId)
}

const html = (title: string, body: string): string => `<!doctype html>
<html lang="id">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 2rem auto; padding: 0 1rem; color: #1b2430 }
header { background: #fff3cd; padding: .5rem 1rem; border-radius: .5rem; font-size: .875rem }
.total { font-size: 2rem; font-weight: 700; margin: 0 }
i { font-size: .8em; color: #586271 }
button i { color: inherit }
dt { font-weight: 600 } dd { margin: 0 0 .5rem; overflow-wrap: anywhere }
select, button { font: inherit; width: 100%; padding: .75rem; margin: .5rem 0; border-radius: .5rem; border: 1px solid #8a94a3 }
button { background: #0b57d0; border-color: #0b57d0; color: #fff; cursor: pointer }
button.quiet { background: none; color: #0b57d0 }
.paid { color: #0a6b2d; font-weight: 700 } .over { color: #a1260d; font-weight: 700 }
</style>
<header>Simulasi: tidak ada uang yang berpindah. <i lang="en">Simulation: no money moves.</i></header>
<main>${body}</main>
</html>
`

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => escapes[c] ?? c)

/** What callers sent as text, and whatever else they sent as JSON: an object's own text may throw. */
const plain = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
