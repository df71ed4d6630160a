import type { Delivery } from '../domain/delivery.ts'
import type { GatewayName } from '../domain/payment.ts'
import type { SandboxPorts } from '../ports.ts'

export type SenderOptions = {
  callbackToken: string
  /** How long each gateway waits for an answer. */
  answerMillisMax: Record<GatewayName, number>
}

const redirectsMax = 5

/**
 * Sends webhooks as the gateways do, over connections that stay open. The answer's body does not
 * matter. Midtrans follows a redirect that keeps the body; Xendit follows none.
 */
export function webhookSender(options: SenderOptions): SandboxPorts['send'] {
  return async (delivery) => {
    const signal = AbortSignal.timeout(options.answerMillisMax[delivery.gateway])
    try {
      let url = delivery.url
      for (let redirects = 0; ; redirects++) {
        const response = await fetch(url, {
          method: 'POST',
          redirect: 'manual',
          signal,
          headers: headersOf(delivery, options.callbackToken),
          body: bodyOf(delivery),
        })
        await response.body?.cancel()
        const target = response.headers.get('location')
        const isFollowed = delivery.gateway === 'midtrans' && [307, 308].includes(response.status)
        if (!isFollowed || target === null || redirects === redirectsMax) return response.status
        url = new URL(target, url).href
      }
    } catch (error) {
      return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'no-connection'
    }
  }
}

function headersOf({ gateway, webhookId, forged }: Delivery, token: string) {
  const json = { 'content-type': 'application/json' }
  if (gateway === 'midtrans') {
    return { ...json, accept: 'application/json', 'user-agent': 'Veritrans' }
  }
  return {
    ...json,
    'x-callback-token': forged ? 'a-forged-token' : token,
    ...(webhookId !== null && { 'webhook-id': webhookId }),
  }
}

/** A forger does not know the key that a signature is made with. */
function bodyOf({ gateway, forged, body }: Delivery): string {
  if (!forged || gateway !== 'midtrans') return body
  return JSON.stringify({ ...(JSON.parse(body) as object), signature_key: 'f0'.repeat(64) })
}
