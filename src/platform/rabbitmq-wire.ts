import { createHash } from 'node:crypto'
import type { AsyncMessage, Envelope as Properties, SyncMessage } from 'rabbitmq-client'
import type { Envelope } from '../kernel/message.ts'
import type { ParkedMessage } from './bus.ts'

/** A message as RabbitMQ takes it: where it goes and what is said about it, and its body. */
export type Sending = [Properties, Buffer]

const envelopeType = 'application/cloudevents+json'
const attribute = 'cloudEvents:'
const durable = { durable: true, mandatory: true } as const

/** The whole envelope as the body; `to` is an exchange with a routing key, or a queue. */
export const whole = (envelope: Envelope, to: Properties): Sending => [
  { ...durable, messageId: envelope.id, contentType: envelopeType, ...to },
  Buffer.from(JSON.stringify(envelope)),
]

/** The data alone as the body, and the envelope's other attributes as headers. */
export const bare = ({ data, ...attributes }: Envelope, to: Properties): Sending => [
  {
    ...durable,
    messageId: attributes.id,
    contentType: 'application/json',
    ...to,
    headers: {
      ...Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [`${attribute}${name}`, value]),
      ),
      ...(to.headers as Record<string, unknown>),
    },
  },
  Buffer.from(JSON.stringify(data)),
]

/** What is said about a parked message beside its envelope. */
export const parkedHeaders = (
  origin: { module: string; queue: string },
  attempts: number,
  error: Error,
) => ({
  'karcis-module': origin.module,
  'karcis-queue': origin.queue,
  'karcis-attempts': attempts,
  'karcis-error': error.message.slice(0, 1_000),
})

export function parkedOf(message: SyncMessage): ParkedMessage {
  const headers = (message.headers ?? {}) as Record<string, unknown>
  const envelope = envelopeOf(message, 'unknown')
  // The last part of a queue's name is the module's.
  const module = String(headers['karcis-module'] ?? originOf(message).split('.').at(-1))
  return {
    parkedId: `${module}:${envelope.id}`,
    module,
    envelope,
    attempts: Number(headers['karcis-attempts'] ?? headers['x-delivery-count'] ?? 0),
    lastError: String(headers['karcis-error'] ?? 'the process that handled it ended, every time'),
  }
}

/** The queue in which it failed: we say it, or the broker does that parked it by itself. */
const originOf = ({ headers }: SyncMessage): string =>
  String(headers?.['karcis-queue'] ?? headers?.['x-first-death-queue'])

/** A parked message on its way back into its queue. */
export function unparked(message: SyncMessage): Sending {
  const { contentType, messageId, headers, body } = message
  const attributes = Object.entries(headers ?? {}).filter(([name]) => name.startsWith(attribute))
  return [
    {
      ...durable,
      routingKey: originOf(message),
      ...(contentType !== undefined && { contentType }),
      ...(messageId !== undefined && { messageId }),
      headers: Object.fromEntries(attributes),
    },
    asBuffer(body),
  ]
}

/** What other programs put into a work queue has no attributes; it gets an id of its content. */
export function envelopeOf(message: AsyncMessage | SyncMessage, type: string): Envelope {
  const body = asBuffer(message.body)
  const content = parsed(body)
  if (message.contentType === envelopeType && isEnvelope(content)) return content
  const id = message.messageId ?? createHash('sha256').update(body).digest('base64url')
  const attributes = Object.entries(message.headers ?? {})
    .filter(([name]) => name.startsWith(attribute))
    .map(([name, value]) => [name.slice(attribute.length), value])
  return {
    specversion: '1.0',
    id,
    source: 'work-queue',
    type,
    subject: id,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    ...Object.fromEntries(attributes),
    data: content,
  }
}

const isEnvelope = (content: unknown): content is Envelope =>
  typeof content === 'object' && content !== null && 'type' in content && 'subject' in content

const asBuffer = (body: unknown): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return body.toString()
  }
}
