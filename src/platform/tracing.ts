import type { FastifyBaseLogger } from 'fastify'
import { toPublicId } from '../kernel/id.ts'
import type { Envelope } from '../kernel/message.ts'
import { currentRequestId, currentSpan, onBehalfOf } from './request-context.ts'
import type { About, Attributes, OpenSpan, Span, TracingSettings } from './span.ts'

/** One per process, like its metrics; undefined while there is no tracing. */
let open: OpenSpan | undefined

/**
 * Starts tracing if it is wanted, before anything is composed; only then its packages are loaded.
 * Disposing of it sends what was not sent yet, within a moment.
 */
export async function startTracing(
  settings: TracingSettings,
  process: string,
  log: FastifyBaseLogger,
): Promise<AsyncDisposable> {
  const { endpoint } = settings
  if (endpoint === undefined) return { [Symbol.asyncDispose]: async () => {} }
  const { otlpTraces } = await import('./otlp-traces.ts')
  const traces = otlpTraces({ ...settings, endpoint, process }, log)
  open = traces.open
  return {
    async [Symbol.asyncDispose]() {
      open = undefined
      await traces.close()
    },
  }
}

export const isTracing = (): boolean => open !== undefined

/** Opens a span that its caller ends; undefined without tracing. */
export function openSpan(name: string, about: About = {}): Span | undefined {
  if (!open) return undefined
  if (about.parent !== undefined) return open(name, about)
  const current = currentSpan()
  // Of a trace that is not kept no part is: it only has to be handed on.
  if (current && !current.recorded) return current
  return open(name, { ...about, parent: current?.traceParent })
}

/** Does work in a span of its own, which ends with it. Without tracing it is the work alone. */
export function traced<T>(
  name: string,
  about: About,
  work: (span?: Span) => Promise<T>,
): Promise<T> {
  const span = openSpan(name, about)
  return span && span !== currentSpan() ? within(span, work) : work(span)
}

async function within<T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await onBehalfOf(currentRequestId(), () => work(span), span)
  } catch (error) {
    span.fail(error)
    throw error
  } finally {
    span.end()
  }
}

/** What continues the trace of what runs now elsewhere: a header, an attribute of a message. */
export const currentTraceParent = (): string | undefined => currentSpan()?.traceParent

/** The header that has another process continue this trace; nothing without tracing. */
export function traceHeaders(): { traceparent?: string } {
  const traceparent = currentTraceParent()
  return traceparent === undefined ? {} : { traceparent }
}

/** What spans of an order are found by: its id as people see it. */
export const ofOrder = (orderId: string): Attributes => ({
  'karcis.order_id': toPublicId('order', orderId),
})

/** What a message on its way is known by. Whatever is about an order names it. */
export function attributesOf({ id, source, type, data }: Envelope): Attributes {
  const { orderId, order } = Object(data) as { orderId?: string; order?: { orderId?: string } }
  const about = orderId ?? order?.orderId
  return {
    'messaging.message.id': id,
    'messaging.destination.name': type,
    'karcis.module': source,
    ...(about !== undefined && ofOrder(about)),
  }
}
