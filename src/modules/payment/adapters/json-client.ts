import { setTimeout as pause } from 'node:timers/promises'
import type { CallPacer, Urgency } from './call-pacer.ts'

export type JsonAnswer = { status: number; body: unknown }

export type JsonRequest = {
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  headers?: Record<string, string>
  /** Whether the call may be made again after a lost answer. Reading always may. */
  repeatable?: boolean
}

export type JsonClient = (request: JsonRequest) => Promise<JsonAnswer>

const triesMax = 3
const pauseMillis = 200
const busyMillis = 1_000

/**
 * Calls a gateway over HTTP, each call in its turn. Returns every answer that says something about
 * the request, and throws when there is none: no connection, no answer in time, 408, 429, 5xx, or a
 * 2xx that is not JSON. Where a repeat is safe it is tried again first; 429 says that nothing was
 * done, but it only makes later calls wait. What it throws names the call, and holds no credential,
 * no body and no query.
 */
export function jsonClient(options: {
  name: string
  baseUrl: string
  headers: Record<string, string>
  fetch: typeof fetch
  timeoutMillis: number
  pacer: CallPacer
  urgency: Urgency
  /** Once aborted, no answer is waited for any more. */
  signal?: AbortSignal | undefined
}): JsonClient {
  const { pacer, urgency, signal } = options
  const once = callOnce(options)
  return async (request) => {
    const repeatable = request.repeatable ?? request.method === 'GET'
    for (let tried = 1; ; tried++) {
      await pacer.turn(urgency)
      try {
        return await once(request)
      } catch (error) {
        const isBusy = error instanceof Busy
        if (isBusy || !repeatable || tried >= triesMax) throw error
        await pause(pauseMillis * 2 ** tried, undefined, { signal })
      }
    }
  }
}

/** The gateway asked for fewer calls. */
class Busy extends Error {}

function callOnce(options: Parameters<typeof jsonClient>[0]): JsonClient {
  return async ({ method, path, body, headers }) => {
    const call = `${options.name} ${method} ${path.split('?')[0]}`
    const limit = limitOf(options)
    const answer = await options
      .fetch(options.baseUrl + path, {
        method,
        redirect: 'error',
        signal: limit.signal,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      .then(async (response) => ({
        status: response.status,
        waitMillis: waitOf(response),
        text: await response.text(),
      }))
      .catch((error: Error) => {
        throw new Error(
          `${call}: ${error.name === 'TimeoutError' ? 'no answer in time' : 'no answer'}`,
        )
      })
      .finally(limit.lift)

    const { status, text, waitMillis } = answer
    if (waitMillis > 0) options.pacer.pause(waitMillis)
    if (status === 429) throw new Busy(`${call}: answered 429`)
    if (status === 408 || status >= 500 || status < 200)
      throw new Error(`${call}: answered ${status}`)
    const parsed = parseJson(text)
    if (status < 300 && parsed === undefined) throw new Error(`${call}: answered no JSON`)
    return { status, body: parsed }
  }
}

/**
 * Ends a call that takes too long, or when the program stops. Its timer is held by itself: the one of
 * `AbortSignal.timeout` may be collected while only a signal made by `AbortSignal.any` refers to it.
 */
function limitOf({ timeoutMillis, signal }: Parameters<typeof jsonClient>[0]) {
  const ending = new AbortController()
  const late = () => ending.abort(new DOMException('no answer in time', 'TimeoutError'))
  const stop = () => ending.abort()
  const timer = setTimeout(late, timeoutMillis)
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  const lift = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
  return { signal: ending.signal, lift }
}

/**
 * How long the gateway wants no call: what it says in `Retry-After`, or in Xendit's
 * `Rate-Limit-Reset` when nothing remains, and a second for a 429 that says nothing.
 */
function waitOf({ status, headers }: Response): number {
  const number = (name: string) => Number.parseFloat(headers.get(name) ?? '')
  const isBusy = status === 429
  const isSpent = isBusy || number('rate-limit-remaining') < 1
  const told = [
    isBusy || status === 503 ? number('retry-after') : 0,
    isSpent ? number('rate-limit-reset') : 0,
  ].find((seconds) => seconds > 0)
  if (told !== undefined) return told * 1_000
  return isBusy ? busyMillis : 0
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
