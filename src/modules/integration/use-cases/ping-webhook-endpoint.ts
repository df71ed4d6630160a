import { toPublicId } from '../../../kernel/id.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import { managed, type EndpointNotFound } from '../domain/endpoint.ts'
import { bodyOf, pingType } from '../domain/payload.ts'
import type { IntegrationPorts } from '../ports.ts'

export type PingError =
  EndpointNotFound | { kind: 'endpoint-disabled' } | { kind: 'too-many-pings' }

/** Sends an endpoint something to try it on; resolves to the delivery's id. */
export async function pingWebhookEndpoint(
  ports: Pick<IntegrationPorts, 'endpoints' | 'deliveries' | 'newId' | 'clock'>,
  { endpointId, principal }: { endpointId: string; principal: Principal },
): Promise<Result<string, PingError>> {
  const endpoint = managed(await ports.endpoints.find(endpointId), principal)
  if (!endpoint.ok) return endpoint
  if (endpoint.value.disabled) return err({ kind: 'endpoint-disabled' })
  const id = ports.newId()
  const createdAt = ports.clock()
  const data = { endpointId: toPublicId('endpoint', endpointId) }
  const body = bodyOf(pingType, createdAt.toISOString(), data)
  const ping = { id, endpointId, type: pingType, body, createdAt }
  return (await ports.deliveries.addPing(ping)) ? ok(id) : err({ kind: 'too-many-pings' })
}
