import { createHmac } from 'node:crypto'
import { toPublicId } from '../../../kernel/id.ts'
import { signingVersions } from '../domain/endpoint.ts'
import type { IntegrationPorts } from '../ports.ts'

/**
 * Signatures as Standard Webhooks has them: HMAC-SHA256 over id, timestamp and body. The secrets
 * of all endpoints are made of one key and kept nowhere.
 */
export function webhookSignatures(key: Uint8Array): IntegrationPorts['signatures'] {
  const secretBytes = (endpointId: string, version: number): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify(['webhooks', endpointId, version]))
      .digest()

  return {
    secretOf: (endpointId, version) =>
      `whsec_${secretBytes(endpointId, version).toString('base64')}`,

    headersFor({ endpointId, body, ...delivery }, now) {
      const id = toPublicId('delivery', delivery.id)
      const timestamp = String(Math.floor(now.getTime() / 1000))
      const sign = (version: number) =>
        createHmac('sha256', secretBytes(endpointId, version))
          .update(`${id}.${timestamp}.${body}`)
          .digest('base64')
      return {
        'content-type': 'application/json',
        'user-agent': 'Karcis-Webhooks',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signingVersions(delivery, now)
          .map((version) => `v1,${sign(version)}`)
          .join(' '),
      }
    },
  }
}
