import { AsyncLocalStorage } from 'node:async_hooks'

const storage = new AsyncLocalStorage<string | undefined>()

/** The request that caused what runs now, in this process or, by way of messages, in another. */
export const currentRequestId = (): string | undefined => storage.getStore()

/** Runs work, and all it starts, as caused by a request. */
export const onBehalfOf = <T>(requestId: string | undefined, work: () => T): T =>
  storage.run(requestId, work)
