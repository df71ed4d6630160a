import type { Principal } from '../../../kernel/principal.ts'
import { ok, type Result } from '../../../kernel/result.ts'
import { managed, type EndpointNotFound } from '../domain/endpoint.ts'
import type { IntegrationPorts } from '../ports.ts'

/** Removes an endpoint and all that was or would be sent to it. */
export async function deleteWebhookEndpoint(
  { endpoints }: Pick<IntegrationPorts, 'endpoints'>,
  { endpointId, principal }: { endpointId: string; principal: Principal },
): Promise<Result<undefined, EndpointNotFound>> {
  const endpoint = managed(await endpoints.find(endpointId), principal)
  if (!endpoint.ok) return endpoint
  await endpoints.remove(endpointId)
  return ok(undefined)
}
