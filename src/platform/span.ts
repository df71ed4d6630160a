/** A part of what happened, with its beginning, its end and the part that caused it. */
export type Span = {
  /** Names the span to those that continue its trace elsewhere, as W3C Trace Context has it. */
  traceParent: string
  traceId: string
  /** Whether anything of it is kept; a span that is not kept still hands that decision on. */
  recorded: boolean
  set(attributes: Attributes): void
  link(other: Span): void
  /** Notes that it went wrong: by which error, but not what that says, which may name a person. */
  fail(error: unknown): void
  end(): void
}

export type Attributes = Record<string, string | number | boolean | undefined>

export type About = {
  /** `server` and `consumer` for what comes in, `client` and `producer` for what goes out. */
  kind?: 'server' | 'client' | 'producer' | 'consumer'
  attributes?: Attributes
  /** The `traceparent` of what caused it; by default that of what runs now. */
  parent?: string | undefined
  links?: readonly Span[]
}

export type OpenSpan = (name: string, about: About) => Span

export type TracingSettings = {
  /** Where traces are sent by OTLP over HTTP. Undefined: there is no tracing. */
  endpoint: string | undefined
  serviceName: string
  sampler: (typeof samplers)[number]
  /** For the samplers by ratio: which part of all traces is kept, from 0 to 1. */
  ratio: number
}

export const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const
