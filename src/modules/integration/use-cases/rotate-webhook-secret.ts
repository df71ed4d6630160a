import type { Principal } from '../../../kernel/principal.ts'
import { ok, type Result } from '../../../kernel/result.ts'
import { managed, rotate, type Endpoint, type EndpointNotFound } from '../domain/endpoint.ts'
import type { IntegrationPorts } from '../ports.ts'

/** Gives an endpoint a new secret. For a day the one before signs beside it. */
export async function rotateWebhookSecret(
  ports: Pick<IntegrationPorts, 'endpoints' | 'signatures' | 'clock'>,
  { endpointId, principal }: { endpointId: string; principal: Principal },
): Promise<Result<{ endpoint: Endpoint; secret: string }, EndpointNotFound>> {
  const rotated = await ports.endpoints.update(endpointId, (current) => {
    const endpoint = managed(current, principal)
    return endpoint.ok
      ? ok({ state: rotate(endpoint.value, ports.clock()), messages: [] })
      : endpoint
  })
  if (!rotated.ok) return rotated
  const endpoint = rotated.value
  return ok({ endpoint, secret: ports.signatures.secretOf(endpoint.id, endpoint.secretVersion) })
}
