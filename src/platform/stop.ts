import type { Logger } from './logger.ts'

const stopMillisMax = 35_000
/** npm passes a signal on that the terminal has already sent to all, so one Ctrl-C comes twice. */
const sameSignalMillis = 500

const orphanPollMillis = 200

export type Stopping = { signal: AbortSignal; requested: Promise<undefined>; request(): void }

/** A signal asks the program to stop; a second one ends it at once, as does a stop without end. */
export function stopOnSignals(log: Logger): Stopping {
  const stopping = new AbortController()
  let requestedAt = 0
  const request = () => {
    if (stopping.signal.aborted) return
    requestedAt = Date.now()
    stopping.abort()
    setTimeout(() => {
      log.error('the program did not stop in time and is ended')
      process.exit(1)
    }, stopMillisMax).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping.signal.aborted) log.info({ signal }, 'stopping; once more ends at once')
      else if (Date.now() - requestedAt > sameSignalMillis) process.exit(130)
      request()
    })
  }
  const requested = new Promise<undefined>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(undefined))
  })
  return { signal: stopping.signal, requested, request }
}

/**
 * npm passes SIGTERM on to the shell it started, which dies of it without telling its own child.
 * So a program that npm started has been asked to stop when its parent is gone.
 */
export function stopWithParent(request: () => void): void {
  const parent = process.ppid
  const poll = () => void (process.ppid !== parent && request())
  setInterval(poll, orphanPollMillis).unref()
}

/** After an uncaught exception nothing here is to be trusted for long: finish, and end with 1. */
export function stopOnDefects(log: Logger, request: () => void): void {
  process.on('uncaughtException', (err) => {
    process.exitCode = 1
    log.fatal({ err }, 'uncaught exception')
    request()
  })
}
