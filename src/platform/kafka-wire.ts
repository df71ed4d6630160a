import type { Message, MessageToProduce } from '@platformatic/kafka'
import type { Envelope } from '../kernel/message.ts'
import type { ParkedMessage } from './bus.ts'

/** What is read from and written to a topic: text, so that Kafka's own tools show it as well. */
export type TextMessage = Message<string, string, string, string>
export type TextToProduce = MessageToProduce<string, string, string, string>

export const topicsOf = (prefix: string) => ({
  messages: `${prefix}.messages`,
  parked: `${prefix}.parked`,
})

/** The type is a header as well, so that a module can pass over what does not concern it. */
export const toRecord = (topic: string, envelope: Envelope, onlyFor?: string): TextToProduce => ({
  topic,
  key: envelope.subject,
  value: JSON.stringify(envelope),
  headers: {
    'content-type': 'application/cloudevents+json',
    type: envelope.type,
    ...(onlyFor !== undefined && { 'karcis-module': onlyFor }),
  },
})

/** Whether a message is for this module, as far as its headers tell. */
export function concerns({ headers }: TextMessage, module: string, types: Set<string>): boolean {
  const onlyFor = headers.get('karcis-module')
  return types.has(headers.get('type') ?? '') && (onlyFor === undefined || onlyFor === module)
}

/** Undefined for what nobody of us has written. */
export function envelopeOf({ value }: TextMessage): Envelope | undefined {
  try {
    return JSON.parse(value) as Envelope
  } catch {
    return undefined
  }
}

/** A parked message is the latest value of its key; one without a value was delivered again. */
export const parkedRecord = (topic: string, parked: ParkedMessage): TextToProduce => ({
  topic,
  key: parked.parkedId,
  value: JSON.stringify(parked),
})
export const unparkedRecord = (topic: string, { parkedId }: ParkedMessage): TextToProduce => ({
  topic,
  key: parkedId,
})
