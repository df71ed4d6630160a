import { createServer } from 'node:http'

// A gateway at which everything is paid, so that webhooks can be settled without the sandbox, which
// is this program too: Xendit's invoices and Midtrans' transactions. Its id of a payment is the
// payment's own behind `made-`; what all of them cost stands in AMOUNT, the port in PORT.
const amount = Number(process.env['AMOUNT'])

const invoice = (id: string) => ({
  id: `made-${id}`,
  external_id: id,
  status: 'PAID',
  amount,
  paid_amount: amount,
  currency: 'IDR',
  expiry_date: '2099-01-01T00:00:00.000Z',
  invoice_url: `http://127.0.0.1/invoices/${id}`,
})
const transaction = (id: string) => ({
  status_code: '200',
  status_message: 'Success, transaction is found',
  transaction_id: `made-${id}`,
  order_id: id,
  gross_amount: amount.toFixed(2),
  currency: 'IDR',
  payment_type: 'bank_transfer',
  transaction_status: 'settlement',
  fraud_status: 'accept',
  expiry_time: '2099-01-01 00:00:00',
})

createServer((request, response) => {
  const { url = '' } = request
  const [, asked] = /^\/v2\/invoices\/made-([\w-]+)$/.exec(url) ?? []
  const [, told] = /^\/v2\/made-([\w-]+)\/status$/.exec(url) ?? []
  const isKnown = asked !== undefined || told !== undefined || url === '/readyz'
  response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(told === undefined ? invoice(asked ?? '') : transaction(told)))
}).listen(Number(process.env['PORT']), '127.0.0.1')
process.once('SIGTERM', () => process.exit())
