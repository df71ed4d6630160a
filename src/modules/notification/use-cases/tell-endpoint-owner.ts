import type { Envelope } from '../../../kernel/message.ts'
import { endpointDisabledContent, type DisabledEndpoint } from '../domain/endpoint-disabled.ts'
import { renderHtml, renderText } from '../domain/render.ts'
import type { NotificationPorts } from '../ports.ts'
import { handOver } from './send-mail.ts'

/** Accounts have no language of their own; it is the one that orders have unless they say. */
const locale = 'id'

/** Mails the owner of an endpoint that was disabled, once per message; nobody if they are gone. */
export async function tellEndpointOwner(
  ports: NotificationPorts,
  { cause, endpoint }: { cause: Pick<Envelope, 'source' | 'id'>; endpoint: DisabledEndpoint },
): Promise<void> {
  const owner = await ports.identity.findUser(endpoint.ownerId)
  if (!owner) return
  const content = endpointDisabledContent(endpoint, owner.name, locale)
  await handOver(ports, {
    id: ports.derivedId(cause.source, cause.id, 'endpoint-disabled'),
    orderId: null,
    to: owner.email,
    subject: content.subject,
    text: renderText(content),
    html: renderHtml(content, locale),
    locale,
    hasETicket: false,
    createdAt: ports.clock(),
  })
}
