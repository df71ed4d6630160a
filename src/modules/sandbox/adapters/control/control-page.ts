import { channelsFor } from '../../domain/paying.ts'
import { callFaults, contentFaults, webhookFaults, type Fault } from '../../domain/fault.ts'
import type { Payment } from '../../domain/payment.ts'
import { both, html, money, type Html } from '../pages/html.ts'
import type { ListedDelivery } from './queries.ts'

type Shown = {
  payments: Payment[]
  deliveries: ListedDelivery[]
  faults: readonly Fault[]
  now: Date
}

/** Everything there is to press. */
export const controlPage = ({ payments, deliveries, faults, now }: Shown): Html =>
  html` <h1>${both('Ruang kendali sandbox', 'Sandbox control room')}</h1>
    <p>${both('Jam sandbox', 'The clock of the sandbox')}: <b>${now.toISOString()}</b></p>
    <form class="row" method="post" action="/sandbox/control/advance">
      <label
        >${both('Majukan (detik)', 'Put ahead (seconds)')}<input
          name="seconds"
          type="number"
          min="0"
          value="900"
      /></label>
      <button>${both('Majukan', 'Advance')}</button>
    </form>
    <p>
      <a href="/sandbox/bank"
        >${both('Bayar nomor virtual account di bank', 'Pay a virtual account number at the bank')}</a
      >
    </p>
    <h2>${both('Pembayaran', 'Payments')}</h2>
    <div class="scroll">
      <table>
        <tr>
          <th>Id</th>
          <th>${both('Jumlah', 'Amount')}</th>
          <th>Status</th>
          <th></th>
        </tr>
        ${payments.map(paymentRow)}
      </table>
    </div>
    <h2>${both('Pengiriman webhook', 'Deliveries')}</h2>
    <form method="post" action="/sandbox/control/deliveries/release">
      <button class="quiet">${both('Lepaskan yang ditahan', 'Release what is held')}</button>
    </form>
    <div class="scroll">
      <table>
        <tr>
          <th>${both('Peristiwa', 'Event')}</th>
          <th>Status</th>
          <th>${both('Percobaan', 'Attempts')}</th>
          <th></th>
        </tr>
        ${deliveries.map(deliveryRow)}
      </table>
    </div>
    <h2>${both('Gangguan', 'Faults')}</h2>
    ${faultForm}
    <ul>
      ${faults.map(faultItem)}
    </ul>
    <form method="post" action="/sandbox/control/faults/remove">
      <button class="quiet">${both('Hapus semua gangguan', 'Remove all faults')}</button>
    </form>
    ${help}`

const press = (path: string, label: string, fields: Record<string, string | number> = {}): Html =>
  html`<form method="post" action="/sandbox/control/${path}">
    ${Object.entries(fields).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
    )}<button class="quiet">${label}</button>
  </form> `

function paymentRow(payment: Payment): Html {
  const { id, gateway, kind, reference, amount, currency, status, channel } = payment
  const act = (what: string, label: string, fields?: Record<string, string | number>) =>
    press(`payments/${encodeURIComponent(id)}/${what}`, label, fields)
  const isOpen = status === 'pending'
  const isLate = ['expired', 'cancelled', 'failed'].includes(status) && !payment.money
  const options = channelsFor(payment).map((name) => html`<option>${name}</option>`)
  const choice =
    options.length > 1 &&
    html`<select name="channel">
      ${options}
    </select>`
  return html`<tr>
    <td>
      ${gateway} ${kind} <b>${reference}</b><br /><a href="/sandbox/${gateway}/web/${id}"
        ><code>${id}</code></a
      >
    </td>
    <td>
      ${money(amount, currency)}<br />${payment.money && money(payment.money.amount, currency)}
    </td>
    <td>${status} ${channel}</td>
    <td>
      ${
        isOpen &&
        html`<form method="post" action="/sandbox/control/payments/${encodeURIComponent(id)}/pay">
            <input name="amount" type="number" aria-label="amount" value="${amount}" />${choice}
            ${gateway === 'midtrans' && html`<input name="fee" type="number" aria-label="fee" placeholder="fee" />`}
            <button>pay</button>
          </form>
          ${act('pay', 'underpay', { amount: Math.max(1, amount - 1) })}${act('pay', 'overpay', { amount: amount + 1 })}
          ${channel !== null && act('fail', 'fail')}${act('expire', 'expire')}${act('cancel', 'cancel')}`
      }${isLate && act('pay', 'pay after the end', { late: 'true' })}
      ${kind === 'charge' && payment.money && status !== 'denied' && act('reverse', 'reverse')}
    </td>
  </tr>`
}

function deliveryRow({
  id,
  gateway,
  event,
  reference,
  status,
  attempts,
  log,
  dueAt,
}: ListedDelivery) {
  const act = (what: string) => press(`deliveries/${id}/${what}`, what)
  return html`<tr>
    <td>${gateway} <b>${event}</b><br />${reference}</td>
    <td>${status}${status === 'pending' && html`<br />${dueAt.toISOString()}`}</td>
    <td>${attempts}<br />${log.map(({ at, outcome }) => html`${at}: ${outcome}<br />`)}</td>
    <td>${act('resend')}${act('duplicate')}${act('forge')}</td>
  </tr>`
}

const group = (label: string, names: readonly string[]): Html =>
  html`<optgroup label="${label}">${names.map((name) => html`<option>${name}</option>`)}</optgroup>`

const faultForm = html`<form class="row" method="post" action="/sandbox/control/faults">
  <label
    >${both('Gangguan', 'Fault')}<select name="fault">
      ${group('calls', callFaults)}${group('content', contentFaults)}${group('webhooks', webhookFaults)}
    </select></label
  >
  <label
    >${both('Operasi atau peristiwa', 'Operation or event')}<input name="operation" placeholder="*"
  /></label>
  <label>${both('Hanya untuk', 'Only about')}<input name="about" placeholder="*" /></label>
  <label
    >${both('Berapa kali', 'Times')}<input name="times" type="number" min="1" value="1"
  /></label>
  <label>${both('Detik', 'Seconds')}<input name="seconds" type="number" min="0" /></label>
  <label>Status<input name="status" type="number" min="400" max="599" /></label>
  <button>${both('Pasang', 'Set')}</button>
</form>`

const faultItem = ({ fault, operation, about, timesLeft, detail }: Fault): Html =>
  html`<li>
    <b>${fault}</b> ${operation ?? '*'} ${about ?? '*'} × ${timesLeft}
    ${Object.keys(detail).length > 0 && html`<code>${detail}</code>`}
  </li>`

const calls: [string, string][] = [
  ['GET /sandbox/control', 'the clock and the faults'],
  ['GET /sandbox/control/payments?about=&limit=', 'payments, the newest first'],
  ['GET /sandbox/control/deliveries?about=&status=&limit=', 'webhooks and what came of them'],
  ['POST /sandbox/control/payments/{id or reference}/pay', '{ amount, fee, channel, late }'],
  ['POST /sandbox/control/payments/{id or reference}/{fail, expire, cancel, reverse}', ''],
  ['POST /sandbox/control/deliveries/{id}/{resend, duplicate, forge}', ''],
  ['POST /sandbox/control/deliveries/release', '{ ids }, sent in that order; all that is held'],
  ['POST /sandbox/control/advance', '{ seconds }'],
  ['POST /sandbox/control/faults', '{ fault, operation, about, times, seconds, status }'],
  ['DELETE /sandbox/control/faults, DELETE /sandbox/control/faults/{id}', ''],
]

const help = html`<h2>API</h2>
  <dl>
    ${calls.map(
      ([line, what]) =>
        html`<dt><code>${line}</code></dt>
          <dd>${what}</dd>`,
    )}
  </dl>`
