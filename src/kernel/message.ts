/**
 * A fact (`order.paid`) or a command (`payment.request`) that one module tells others. Messages
 * with the same `key` are delivered in the order in which they were written.
 */
export type Message<Type extends string = string, Data = unknown> = {
  type: Type
  /** The id of what the message is about: an order's, an event's. */
  key: string
  data: Data
}

/** The union of messages described by a record of message type → data. */
export type MessageOf<Datas> = {
  [Type in keyof Datas & string]: Message<Type, Datas[Type]>
}[keyof Datas & string]

/** A message on its way, as a CloudEvents 1.0 JSON envelope (https://cloudevents.io). */
export type Envelope<M extends Message = Message> = {
  specversion: '1.0'
  /** Unique per `source`; the same for every delivery of one message. */
  id: string
  /** The module that sent it. */
  source: string
  type: M['type']
  /** The message's key. */
  subject: string
  /** When it was written, ISO 8601 UTC. */
  time: string
  datacontenttype: 'application/json'
  /** The id of the HTTP request that caused it, directly or by way of other messages. */
  requestid?: string
  /** The trace it belongs to, by the CloudEvents extension for distributed tracing. */
  traceparent?: string
  data: M['data']
}
