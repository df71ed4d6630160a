import { deliveriesKeptDays } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { bodyOf, eventIdOf, toldData, type ToldEnvelope } from '../domain/payload.ts'
import type { IntegrationPorts } from '../ports.ts'

/**
 * Queues a message for every endpoint that is to hear of it: those of the event's organiser, and
 * those for all events whose owner is an administrator still. A message that comes again adds none.
 */
export async function queueWebhooks(ports: IntegrationPorts, message: ToldEnvelope): Promise<void> {
  const now = ports.clock()
  if (isForgotten(message, now)) return
  const eventId = eventIdOf(message)
  const event = await ports.catalog.findEvent(eventId)
  if (!event) throw new Error(`${message.type} is about the unknown event ${eventId}`)

  const { organiserId } = event
  const { type } = message
  const candidates = await ports.endpoints.interestedIn({ type, eventId, organiserId })
  const allowed = await Promise.all(candidates.map((each) => mayHear(ports, each, organiserId)))
  const body = bodyOf(type, message.time, toldData(message))
  const deliveries = candidates
    .filter((_, i) => allowed[i])
    .map(({ id: endpointId }) => ({
      id: ports.derivedId(message.source, message.id, endpointId),
      endpointId,
      type,
      body,
      createdAt: now,
    }))
  if (deliveries.length > 0) await ports.deliveries.add(deliveries)
}

/** A repeat of it could no longer be told from its first coming. */
const isForgotten = ({ time }: ToldEnvelope, now: Date): boolean =>
  now.getTime() - Date.parse(time) > deliveriesKeptDays * 24 * 60 * 60 * 1000

async function mayHear(
  { identity }: Pick<IntegrationPorts, 'identity'>,
  { ownerId }: Endpoint,
  organiserId: string,
): Promise<boolean> {
  if (ownerId === organiserId) return true
  return (await identity.findUser(ownerId))?.roles.includes('admin') ?? false
}
