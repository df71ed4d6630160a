import { hasRole, type Principal } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { IntegrationPorts, UrlRefusal } from '../ports.ts'

export type CreateWebhookEndpoint = Pick<Endpoint, 'url' | 'description' | 'types' | 'eventId'> & {
  /** New, or the one that the request's `Idempotency-Key` stands for. */
  id: string
  requestHash: string | undefined
  owner: Principal
}

export type CreateWebhookEndpointError =
  | { kind: 'url-not-allowed'; reason: UrlRefusal }
  | { kind: 'event-not-found' }
  | { kind: 'too-many-endpoints' }
  | { kind: 'idempotency-key-reused' }

/** Registers an endpoint. An organiser's hears of their own events, an administrator's of all. */
export async function createWebhookEndpoint(
  ports: IntegrationPorts,
  { owner, requestHash, ...given }: CreateWebhookEndpoint,
): Promise<Result<{ endpoint: Endpoint; secret: string }, CreateWebhookEndpointError>> {
  const reason = ports.urlRefusal(given.url)
  if (reason) return err({ kind: 'url-not-allowed', reason })
  const allEvents = hasRole(owner, 'admin')
  if (given.eventId) {
    const event = await ports.catalog.findEvent(given.eventId)
    if (!event || (!allEvents && event.organiserId !== owner.userId)) {
      return err({ kind: 'event-not-found' })
    }
  }
  const added = await ports.endpoints.add({
    ...given,
    ownerId: owner.userId,
    allEvents,
    disabled: null,
    failingSince: null,
    secretVersion: 1,
    formerSecretUntil: null,
    requestHash: requestHash ?? null,
    createdAt: ports.clock(),
  })
  if (!added.ok) return added
  const endpoint = added.value
  if (endpoint.requestHash !== (requestHash ?? null)) return err({ kind: 'idempotency-key-reused' })
  return ok({ endpoint, secret: ports.signatures.secretOf(endpoint.id, endpoint.secretVersion) })
}
