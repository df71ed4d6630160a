import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { DatabaseGauge } from './database-gauges.ts'
import type { Envelope } from '../kernel/message.ts'
import type { Problems } from './problems.ts'

/** The HTTP server as routes see it: a TypeBox schema types the request. */
export type Http = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Reacts to a message. It may get the same message again and must then do nothing more. */
export type MessageHandler = (envelope: Envelope) => Promise<void>

/** Work done again and again in the worker process; a run never overlaps the one before. */
export type Task = {
  name: string
  everyMillis: number
  run(signal: AbortSignal): Promise<void>
  /** Set when buyers wait for what it does: patient modules wait while it goes on without a pause. */
  isUrgent?: true
}

/** A module, ready to be plugged into a process. */
export type Module<Api> = {
  /** Also the name of its schema, and the source of its messages. */
  name: string
  api: Api
  /** Adds the module's routes to the server, under `/v1`. */
  routes(http: Http): void
  /** Which messages it reacts to, by type. */
  handlers: Record<string, MessageHandler>
  /** Set when what it does about messages may wait for what the others do. */
  isPatient?: true
  tasks: Task[]
  /** What its tables say at `/metrics`. */
  gauges?: DatabaseGauge[]
  /** Every refusal its routes can answer. */
  problems: Problems
}
