import type { Principal } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import { managed, type EndpointNotFound } from '../domain/endpoint.ts'
import type { IntegrationPorts } from '../ports.ts'

export type RedeliverWebhook = { endpointId: string; deliveryId: string; principal: Principal }
type RedeliverError =
  EndpointNotFound | { kind: 'delivery-not-found' } | { kind: 'endpoint-disabled' }

/** Sends a delivery once more, with the retries of a new one. One that still waits stays as it is. */
export async function redeliverWebhook(
  ports: Pick<IntegrationPorts, 'endpoints' | 'deliveries' | 'clock'>,
  { endpointId, deliveryId, principal }: RedeliverWebhook,
): Promise<Result<undefined, RedeliverError>> {
  const endpoint = managed(await ports.endpoints.find(endpointId), principal)
  if (!endpoint.ok) return endpoint
  if (!(await ports.deliveries.exists(endpointId, deliveryId))) {
    return err({ kind: 'delivery-not-found' })
  }
  if (endpoint.value.disabled) return err({ kind: 'endpoint-disabled' })
  await ports.deliveries.requeue(endpointId, { deliveryId }, ports.clock())
  return ok(undefined)
}
