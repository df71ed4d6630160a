import { hash, randomUUIDv7 } from 'node:crypto'

/** A new id, ordered by time, so that new rows land side by side in an index. */
export const newId = (): string => randomUUIDv7()

/**
 * An id made of what it stands for, so that doing the same thing twice is seen as the same thing:
 * UUID version 8 (RFC 9562, 5.8) over SHA-256 of the parts.
 */
export function derivedId(...parts: string[]): string {
  const hex = hash('sha256', JSON.stringify(parts), 'hex')
  const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return (
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-` +
    `${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  )
}
