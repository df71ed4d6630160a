import type { PaymentInstructions } from '../../booking/contract.ts'
import type { GatewayCalls } from '../ports.ts'

/** One of the wire formats that a gateway speaks for some of its methods. */
export type Wire = Pick<GatewayCalls, 'create' | 'search' | 'get' | 'close'>

/** Reading is tolerant: what we do not know is passed over; only what a decision needs must be there. */
export type Fields = Record<string, unknown>
export const fieldsOf = (value: unknown): Fields =>
  value !== null && typeof value === 'object' ? (value as Fields) : {}
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export function instantOf(value: unknown): Date | undefined {
  const instant = new Date(textOf(value) ?? NaN)
  return Number.isNaN(instant.getTime()) ? undefined : instant
}

/** A way to pay, with nothing in it that the method does not give. */
export const instructionsFor = (
  method: string,
  known: Partial<PaymentInstructions>,
): PaymentInstructions => ({
  method,
  checkoutUrl: null,
  vaNumber: null,
  channel: null,
  qrString: null,
  ...known,
})

export function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Seconds within what a channel allows. */
export const clamped = (
  seconds: number,
  { expirySecondsMin, expirySecondsMax }: { expirySecondsMin: number; expirySecondsMax: number },
): number => Math.min(Math.max(seconds, expirySecondsMin), expirySecondsMax)

export const later = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1_000)
