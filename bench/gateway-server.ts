import { createServer } from 'node:http'

// A gateway at which every invoice is paid, so that webhooks can be settled without the sandbox,
// which is this program too. An invoice's id is that of its payment behind `invoice-`; what all of
// them cost stands in AMOUNT, the port in PORT.
const amount = Number(process.env['AMOUNT'])
createServer((request, response) => {
  const id = /^\/v2\/invoices\/invoice-([\w-]+)$/.exec(request.url ?? '')?.[1]
  const ready = request.url === '/readyz'
  response.writeHead(id || ready ? 200 : 404, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      id: `invoice-${id}`,
      external_id: id,
      status: 'PAID',
      amount,
      paid_amount: amount,
      currency: 'IDR',
      expiry_date: '2099-01-01T00:00:00.000Z',
      invoice_url: `http://127.0.0.1/invoices/${id}`,
    }),
  )
}).listen(Number(process.env['PORT']), '127.0.0.1')
process.once('SIGTERM', () => process.exit())
