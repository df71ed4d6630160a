import { EventEmitter, on } from 'node:events'
import type { FastifyBaseLogger } from 'fastify'

/** Short enough for a page that waits for payment instructions to feel immediate. */
const pollMillis = 150

export type RowWatch<T> = {
  /** The state as it is now, and again whenever it has changed, until the signal is aborted. */
  changesOf(state: T, signal: AbortSignal): AsyncGenerator<T>
  /** The first state that satisfies `until`, or the last one known when the time is over. */
  waitFor(state: T, until: (state: T) => boolean, millis: number): Promise<T>
}

/**
 * Follows things by asking for all that anyone watches in one statement: the cost does not grow
 * with the number of watchers, and no transaction has to notify anyone.
 */
export function rowWatch<T extends { id: string }>(
  read: (ids: string[]) => Promise<T[]>,
  log: FastifyBaseLogger,
): RowWatch<T> {
  const emitter = new EventEmitter().setMaxListeners(0)
  const seen = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined

  async function poll(): Promise<void> {
    for (const state of await read([...seen.keys()])) {
      const text = JSON.stringify(state)
      if (!seen.has(state.id) || seen.get(state.id) === text) continue
      seen.set(state.id, text)
      emitter.emit(state.id, state)
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      poll()
        .catch((error: Error) => log.warn({ err: error }, 'what is watched could not be read'))
        .finally(() => {
          timer = undefined
          for (const id of seen.keys()) if (emitter.listenerCount(id) === 0) seen.delete(id)
          if (seen.size > 0) schedule()
        })
    }, pollMillis)
  }

  async function* changesOf(state: T, signal: AbortSignal): AsyncGenerator<T> {
    const changes = on(emitter, state.id, { signal })
    // Forces the next poll to tell: the state may have changed since the caller read it.
    seen.set(state.id, '')
    schedule()
    yield state
    try {
      for await (const [change] of changes) yield change as T
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  return {
    changesOf,
    async waitFor(state, until, millis) {
      let last = state
      for await (const next of changesOf(state, AbortSignal.timeout(millis))) {
        last = next
        if (until(next)) break
      }
      return last
    },
  }
}
