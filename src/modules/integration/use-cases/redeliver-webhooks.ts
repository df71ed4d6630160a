import type { Principal } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import type { DeliveryStatus } from '../domain/delivery.ts'
import { managed, type EndpointNotFound } from '../domain/endpoint.ts'
import type { IntegrationPorts } from '../ports.ts'

export type RedeliverWebhooks = {
  endpointId: string
  principal: Principal
  /** Those made at this instant or later. */
  since: Date
  /** Only those that ended so; all when undefined. */
  status: DeliveryStatus | undefined
}

/** Sends once more what was sent since an instant; resolves to how many deliveries that are. */
export async function redeliverWebhooks(
  ports: Pick<IntegrationPorts, 'endpoints' | 'deliveries' | 'clock'>,
  { endpointId, principal, ...which }: RedeliverWebhooks,
): Promise<Result<number, EndpointNotFound | { kind: 'endpoint-disabled' }>> {
  const endpoint = managed(await ports.endpoints.find(endpointId), principal)
  if (!endpoint.ok) return endpoint
  if (endpoint.value.disabled) return err({ kind: 'endpoint-disabled' })
  return ok(await ports.deliveries.requeue(endpointId, which, ports.clock()))
}
