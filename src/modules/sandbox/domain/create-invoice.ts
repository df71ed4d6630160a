import { err, ok, type Result } from '../../../kernel/result.ts'
import type { Invoice } from './invoice.ts'

const currencies = ['IDR', 'USD', 'THB', 'VND', 'PHP', 'MYR']
const amountMax = 1e12
const secondsDefault = 24 * 60 * 60
const secondsMax = 365 * 24 * 60 * 60

export type InvalidRequest = { kind: 'API_VALIDATION_ERROR'; errors: string[] }

/** A new invoice from what a merchant sent, or all that is wrong with it. */
export function createInvoice(
  body: unknown,
  id: string,
  at: Date,
): Result<Invoice, InvalidRequest> {
  const request = (body !== null && typeof body === 'object' ? body : {}) as Record<string, unknown>
  const externalId = request['external_id']
  const amount = request['amount']
  const currency = request['currency'] ?? 'IDR'
  const seconds = request['invoice_duration'] ?? secondsDefault
  const errors = [
    ...(isText(externalId, 255) ? [] : ['"external_id" is required']),
    ...(isAmount(amount) ? [] : ['"amount" must be a positive number']),
    ...(isText(currency, 3) && currencies.includes(currency)
      ? []
      : ['"currency" is not supported']),
    ...(isSeconds(seconds) ? [] : ['"invoice_duration" must be an integer number of seconds']),
    ...(isItems(request['items']) ? [] : ['"items" must have name, price and quantity']),
  ]
  if (
    errors.length > 0 ||
    !isText(externalId, 255) ||
    !isAmount(amount) ||
    !isText(currency, 3) ||
    !isSeconds(seconds)
  ) {
    return err({ kind: 'API_VALIDATION_ERROR', errors })
  }
  return ok({
    id,
    externalId,
    status: 'PENDING',
    // Xendit cuts off what is below a rupiah.
    amount: currency === 'IDR' ? Math.trunc(amount) : amount,
    currency,
    request,
    createdAt: at,
    updatedAt: at,
    expiresAt: new Date(at.getTime() + seconds * 1_000),
    payment: null,
    refunds: [],
  })
}

const isText = (value: unknown, lengthMax: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= lengthMax
const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 1 && value <= amountMax
const isSeconds = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= secondsMax

function isItems(value: unknown): boolean {
  if (value === undefined) return true
  return (
    Array.isArray(value) &&
    value.every(
      (item: Record<string, unknown> | null) =>
        typeof item?.['name'] === 'string' &&
        typeof item['price'] === 'number' &&
        typeof item['quantity'] === 'number',
    )
  )
}
