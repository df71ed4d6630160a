import type { ForeignPaths } from '../platform/http-server.ts'
import type { MessageHandler, Http } from '../platform/module.ts'

/** The modules whose processes can answer the routes of a foreign contract. */
export type Owner = 'identity' | 'catalog' | 'booking' | 'payment'

/** Resolves when the body needs no more of it; it may get one again and must then do nothing more. */
export type Consumer = (body: unknown) => Promise<void>

/**
 * The HTTP API of another system, spoken by Karcis: a thin translation onto the use cases, with no
 * rule of its own.
 */
export type Contract = {
  name: string
  /** Which paths are its own, also those that none of its routes answers. */
  paths?: ForeignPaths
  /** Says how this API answers errors and who is asking, on a server that nobody else shares. */
  prepare(http: Http): void
  /** Its routes, by the module whose process answers them. */
  routes: Partial<Record<Owner, (http: Http) => void>>
  /** Which messages it reacts to, by type. */
  handlers?: Record<string, MessageHandler>
  /** What it does with the bodies of the work queues that it consumes, by the queue's name. */
  consumers?: Record<string, Consumer>
}
