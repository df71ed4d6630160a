import { randomBytes } from 'node:crypto'
import type { SandboxPorts } from '../../ports.ts'
import { end, type Json, type Payment } from '../../domain/payment.ts'
import { createInvoice, invoiceOnWire } from '../../domain/xendit/invoice.ts'
import { vaNumber } from '../../domain/xendit/channels.ts'
import { changePayment } from '../../use-cases/change-payment.ts'
import { keepPayment } from '../../use-cases/keep-payment.ts'
import { payPayment } from '../../use-cases/pay-payment.ts'
import type { Answer, Call, Operation } from '../operations.ts'
import { invalid, refuse } from './manners.ts'

/** Invoices, which Xendit also calls payment links. */
export function invoiceOperations(ports: SandboxPorts): Operation[] {
  const answer = (call: Call) => create(ports, call)
  const creating = { name: 'create-invoice', method: 'POST', answer } as const
  const faults = ['webhook-before-answer'] as const
  return [
    // The SDK writes the address with a slash at its end.
    { ...creating, path: '/v2/invoices', faults },
    { ...creating, path: '/v2/invoices/', faults },
    {
      name: 'get-invoice',
      method: 'GET',
      path: '/v2/invoices/:id',
      answer: async ({ id }) => found(ports, await ports.payments.find(id)),
    },
    {
      name: 'list-invoices',
      method: 'GET',
      path: '/v2/invoices',
      answer: (call) => list(ports, call),
    },
    {
      name: 'expire-invoice',
      method: 'POST',
      path: '/invoices/:id/expire!',
      answer: (call) => expire(ports, call),
    },
    {
      name: 'simulate-pool-payment',
      method: 'POST',
      path: '/pool_virtual_accounts/simulate_payment',
      answer: (call) => simulate(ports, call),
    },
  ]
}

const isInvoice = (payment: Payment | undefined): payment is Payment => payment?.kind === 'invoice'

async function create(ports: SandboxPorts, { body }: Call): Promise<Answer> {
  const ids = { id: randomBytes(12).toString('hex'), number: ports.newDigits(12) }
  const made = createInvoice(body, ids, ports.clock())
  if (!made.ok) return invalid(made.error.errors)
  await keepPayment(ports, made.value)
  return { status: 200, body: invoiceOnWire(made.value, ports.merchant), madeId: ids.id }
}

function found({ merchant }: SandboxPorts, invoice: Payment | undefined): Answer {
  if (isInvoice(invoice)) return { status: 200, body: invoiceOnWire(invoice, merchant) }
  return refuse(404, 'INVOICE_NOT_FOUND_ERROR', 'Invoice not found.')
}

/** More of one external id nobody looks through. */
const searchedMax = 1_000

async function list(ports: SandboxPorts, { query }: Call): Promise<Answer> {
  const { external_id: reference, statuses, limit = '10' } = query
  const countMax = Number(limit)
  if (!Number.isInteger(countMax) || countMax < 1 || countMax > 100) {
    return invalid(['"limit" must be 1 to 100'])
  }
  const wanted = { kind: 'invoice' as const, ...(typeof reference === 'string' && { reference }) }
  const invoices = await ports.payments.search(wanted, searchedMax)
  const body = invoices
    .filter((invoice) => isWithin(invoice, query))
    .map((invoice) => invoiceOnWire(invoice, ports.merchant))
    .filter(
      ({ status }) => statuses === undefined || ([statuses].flat() as unknown[]).includes(status),
    )
    .slice(0, countMax)
  return { status: 200, body }
}

/** Whether an invoice was made, paid and over within the times that are asked for. */
function isWithin({ createdAt, money, expiresAt }: Payment, query: Json): boolean {
  const paidAt = money && new Date(money.at)
  return Object.entries({ created: createdAt, paid: paidAt, expired: expiresAt }).every(
    ([name, at]) => {
      const [after, before] = [query[`${name}_after`], query[`${name}_before`]]
      const isAfter = typeof after !== 'string' || (at !== null && at > new Date(after))
      return isAfter && (typeof before !== 'string' || (at !== null && at < new Date(before)))
    },
  )
}

async function expire(ports: SandboxPorts, { id }: Call): Promise<Answer> {
  const expired = await changePayment(ports, id, (current) =>
    end(isInvoice(current) ? current : undefined, 'expired', ports.clock()),
  )
  if (expired.ok) return { status: 200, body: invoiceOnWire(expired.value, ports.merchant) }
  const message = `Could not find and update PENDING invoice ${id}`
  return refuse(404, 'INVOICE_NOT_FOUND_ERROR', message)
}

/** Pays an invoice by the number that one of its banks shows. */
async function simulate(ports: SandboxPorts, { body }: Call): Promise<Answer> {
  const { bank_code, bank_account_number, transfer_amount } = (body ?? {}) as Record<
    string,
    unknown
  >
  const isSane =
    typeof bank_code === 'string' &&
    typeof bank_account_number === 'string' &&
    typeof transfer_amount === 'number'
  if (!isSane) return invalid(['bank_code, bank_account_number and transfer_amount are required'])
  const number = bank_account_number.slice(-12)
  const [invoice] = await ports.payments.search({ kind: 'invoice', number }, 1)
  const isOurs = invoice && vaNumber(bank_code, number) === bank_account_number
  const paid =
    isOurs && (await payPayment(ports, invoice.id, { amount: transfer_amount, channel: bank_code }))
  if (paid && paid.ok) return { status: 200, body: { status: 'COMPLETED' } }
  return refuse(404, 'DATA_NOT_FOUND', 'No invoice waits for a payment to this number.')
}
