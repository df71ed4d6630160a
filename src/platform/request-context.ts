import { AsyncLocalStorage } from 'node:async_hooks'
import type { Span } from './span.ts'

type Context = { requestId: string | undefined; span: Span | undefined }

const storage = new AsyncLocalStorage<Context>()

/** The request that caused what runs now, in this process or, by way of messages, in another. */
export const currentRequestId = (): string | undefined => storage.getStore()?.requestId

/** The span that what runs now belongs to; undefined without tracing. */
export const currentSpan = (): Span | undefined => storage.getStore()?.span

/** Runs work, and all it starts, as caused by a request, and as part of a span if there is one. */
export const onBehalfOf = <T>(requestId: string | undefined, work: () => T, span?: Span): T =>
  storage.run({ requestId, span }, work)

/**
 * What causes a message, as it stands in one column of an outbox: the id of the request, and after a
 * space the `traceparent` of the span. Without tracing it is the id alone; null when there is neither.
 */
export function causeOf(requestId: string | undefined, span: Span | undefined): string | null {
  if (span === undefined) return requestId ?? null
  return `${requestId ?? ''} ${span.traceParent}`
}

export const currentCause = (): string | null => causeOf(currentRequestId(), currentSpan())

/** A cause read back. */
export function readCause(cause: string | null): { requestId?: string; traceParent?: string } {
  const [requestId, traceParent] = cause?.split(' ') ?? []
  return { ...(requestId && { requestId }), ...(traceParent && { traceParent }) }
}

/** The id of the trace in a column of causes, as SQL; null where nothing was recorded of it. */
export const tracedBy = (column: string): string =>
  `substring(${column} from ' 00-([0-9a-f]{32})-[0-9a-f]{16}-01$')`
