import { createHmac } from 'node:crypto'
import { isSameSecret } from '../../../platform/secrets.ts'
import type { OrderSecrets } from '../contract.ts'

/**
 * The secret that opens an order without an account is made from the order's id, so nothing has
 * to be stored and a repeated request gets the same one.
 */
export function orderSecrets(key: Uint8Array): OrderSecrets {
  const secretOf = (orderId: string): string =>
    createHmac('sha256', key).update(`order-secret:${orderId}`).digest('base64url').slice(0, 32)
  return {
    secretOf,
    opens: (orderId, secret) => isSameSecret(secret, secretOf(orderId)),
  }
}
