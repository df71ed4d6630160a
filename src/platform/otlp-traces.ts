import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span as OpenedSpan,
  type SpanContext,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace'
import type { FastifyBaseLogger } from 'fastify'
import type { About, OpenSpan, Span, TracingSettings } from './span.ts'

/** Spans that wait to be sent; what comes while so many wait is dropped. */
const waitingMax = 8_192
const sentAtOnceMax = 1_024
const sentEveryMillis = 1_000
const sendingMillisMax = 5_000
/** How long the end of a process waits for a collector. */
const closingMillisMax = 1_000

type Options = TracingSettings & { endpoint: string; process: string }

/** Spans by OpenTelemetry, sent in batches by OTLP over HTTP as JSON. */
export function otlpTraces(options: Options, log: FastifyBaseLogger) {
  const { endpoint, serviceName } = options
  const collector = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    timeoutMillis: sendingMillisMax,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': serviceName,
      'service.instance.id': options.process,
      'process.pid': process.pid,
    }),
    sampler: samplerOf(options),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: patient(collector, endpoint, log),
        maxQueueSize: waitingMax,
        maxExportBatchSize: sentAtOnceMax,
        scheduledDelayMillis: sentEveryMillis,
      }),
    ],
  })
  const tracer = provider.getTracer('karcis')

  const open: OpenSpan = (name, { kind, attributes = {}, parent, links = [] }: About) => {
    const cause = parent === undefined ? undefined : readTraceParent(parent)
    const span = tracer.startSpan(
      name,
      {
        kind: kind === undefined ? SpanKind.INTERNAL : kinds[kind],
        attributes,
        links: links.map((link) => ({ context: contextOf(link) })),
      },
      cause ? trace.setSpanContext(ROOT_CONTEXT, cause) : ROOT_CONTEXT,
    )
    return asSpan(span)
  }

  return {
    open,
    async close(): Promise<void> {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closingMillisMax)))
      await Promise.race([provider.shutdown().catch(() => {}), late])
      clearTimeout(timer)
    },
  }
}

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
}

function asSpan(span: OpenedSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return {
    traceParent: `00-${traceId}-${spanId}-0${traceFlags & 1}`,
    traceId,
    recorded: span.isRecording(),
    set: (attributes) => void span.setAttributes(attributes),
    link: (other) => void span.addLink({ context: contextOf(other) }),
    fail(error) {
      const { name, code } = Object(error) as { name?: unknown; code?: unknown }
      const type = String(code ?? name ?? 'unknown')
      span.setAttribute('error.type', type)
      span.setStatus({ code: SpanStatusCode.ERROR, message: type })
    },
    end: () => span.end(),
  }
}

function contextOf({ traceParent }: Span): SpanContext {
  const [, traceId = '', spanId = '', flags = ''] = traceParent.split('-')
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) }
}

const wellFormed = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/

/** Whoever calls us may write anything there; what is no trace begins a new one. */
function readTraceParent(text: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = wellFormed.exec(text) ?? []
  const traceFlags = Number.parseInt(flags, 16) & 1
  const context: SpanContext = { traceId, spanId, traceFlags, isRemote: true }
  return isSpanContextValid(context) ? context : undefined
}

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const [, parentBased, name] = /^(parentbased_)?(.*)$/.exec(sampler) ?? []
  const root =
    name === 'traceidratio'
      ? new TraceIdRatioBasedSampler(ratio)
      : name === 'always_off'
        ? new AlwaysOffSampler()
        : new AlwaysOnSampler()
  return parentBased ? new ParentBasedSampler({ root }) : root
}

/** A collector that is away is told of once, and once more when it is back; its spans are lost. */
function patient(exporter: SpanExporter, endpoint: string, log: FastifyBaseLogger): SpanExporter {
  let failing = false
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const { error } = result
        if (error && !failing) {
          log.warn({ err: error, endpoint }, 'traces are not taken; they are lost until they are')
        } else if (!error && failing) log.info({ endpoint }, 'traces are taken again')
        failing = error !== undefined
        done({ code: 0 })
      })
    },
    shutdown: () => exporter.shutdown(),
  }
}
