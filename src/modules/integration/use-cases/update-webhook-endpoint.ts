import type { Principal } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import {
  change,
  managed,
  type Endpoint,
  type EndpointChange,
  type EndpointNotFound,
} from '../domain/endpoint.ts'
import type { IntegrationPorts, UrlRefusal } from '../ports.ts'

export type UpdateWebhookEndpointError =
  EndpointNotFound | { kind: 'url-not-allowed'; reason: UrlRefusal }

export type UpdateWebhookEndpoint = {
  endpointId: string
  principal: Principal
  change: EndpointChange
}

/** Changes where and what is sent, disables an endpoint or enables it again. */
export async function updateWebhookEndpoint(
  ports: Pick<IntegrationPorts, 'endpoints' | 'urlRefusal'>,
  command: UpdateWebhookEndpoint,
): Promise<Result<Endpoint, UpdateWebhookEndpointError>> {
  const { url } = command.change
  const reason = url === undefined ? undefined : ports.urlRefusal(url)
  return ports.endpoints.update<UpdateWebhookEndpointError>(command.endpointId, (current) => {
    const endpoint = managed(current, command.principal)
    if (!endpoint.ok) return endpoint
    if (reason) return err({ kind: 'url-not-allowed', reason })
    return ok({ state: change(endpoint.value, command.change), messages: [] })
  })
}
