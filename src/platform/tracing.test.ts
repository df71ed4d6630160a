import assert from 'node:assert'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import { pino } from 'pino'
import { startCollector } from '../../tests/support/trace-collector.ts'
import type { TracingSettings } from './span.ts'

const loaded: string[] = []
registerHooks({
  resolve(specifier, context, next) {
    if (/^@opentelemetry\/(sdk|exporter)/.test(specifier)) loaded.push(specifier)
    return next(specifier, context)
  },
})
// Only now, so that the hook sees what they load.
const { currentCause, currentSpan, readCause } = await import('./request-context.ts')
const { isTracing, openSpan, startTracing, traced, traceHeaders } = await import('./tracing.ts')
await Promise.all(['./relay.ts', './deliveries.ts', './http-server.ts'].map((file) => import(file)))

const settings = { serviceName: 'shop', sampler: 'parentbased_always_on', ratio: 1 } as const

/** Traces while work is done, and tells what was logged. */
async function tracing(
  changes: Partial<TracingSettings> & { endpoint: string | undefined },
  work: () => Promise<unknown>,
): Promise<string[]> {
  const lines: string[] = []
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line).msg) })
  const started = await startTracing({ ...settings, ...changes }, 'main', log)
  await work().finally(() => started[Symbol.asyncDispose]())
  return lines
}

const nothing = async () => {}

test('without an endpoint nothing is loaded and work is done as it is', async () => {
  const said = await tracing({ endpoint: undefined }, async () => {
    assert.equal(isTracing(), false)
    assert.equal(openSpan('a'), undefined)
    assert.equal(await traced('a', {}, async (span) => span ?? 'alone'), 'alone')
    assert.deepEqual([currentCause(), traceHeaders()], [null, {}])
  })
  assert.deepEqual([said, loaded], [[], []])
  await tracing({ endpoint: 'http://127.0.0.1:9' }, nothing)
  assert.ok(loaded.length > 0)
})

test('a span continues its cause, and an error is told by its kind alone', async () => {
  await using collector = await startCollector()
  let cause: string | null = null
  const said = await tracing({ endpoint: collector.url }, () =>
    assert.rejects(
      traced('outer', { kind: 'server' }, () =>
        traced('inner', {}, async () => {
          cause = currentCause()
          throw Object.assign(new Error('sari@example.test is taken'), { code: '23505' })
        }),
      ),
    ),
  )
  const [inner, outer] = collector.spans
  assert(inner && outer)
  assert.deepEqual([said, currentSpan()], [[], undefined])
  assert.deepEqual([inner.name, inner.traceId], ['inner', outer.traceId])
  assert.deepEqual([inner.parentSpanId, outer.parentSpanId], [outer.spanId, undefined])
  assert.deepEqual(inner.status, { code: 2, message: '23505' })
  assert.ok(!JSON.stringify(collector.spans).includes('sari'))
  assert.deepEqual(readCause(cause), { traceParent: `00-${inner.traceId}-${inner.spanId}-01` })
})

test('a sampler decides for a whole trace, also for one that a caller began', async () => {
  await using collector = await startCollector()
  const parent = (flags: string) => `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`
  const spans = async () => {
    await traced('own', {}, () => traced('part of own', {}, nothing))
    await traced('wanted', { parent: parent('01') }, nothing)
    await traced('unwanted', { parent: parent('00') }, async () => {
      assert.match(currentSpan()?.traceParent ?? '', /^00-4bf92f3577b34da6a3ce929d0e0e4736-/)
    })
  }
  const sent = async (sampler: TracingSettings['sampler'], ratio = 1) => {
    collector.spans.length = 0
    await tracing({ endpoint: collector.url, sampler, ratio }, spans)
    return collector.spans.map(({ name }) => name)
  }
  const own = ['part of own', 'own']
  assert.deepEqual(await sent('parentbased_always_on'), [...own, 'wanted'])
  assert.deepEqual(await sent('parentbased_always_off'), ['wanted'])
  assert.deepEqual(await sent('parentbased_traceidratio', 0), ['wanted'])
  assert.deepEqual(await sent('traceidratio', 1), [...own, 'wanted', 'unwanted'])
  assert.deepEqual(await sent('always_off'), [])
})

test('a collector that refuses is told of once, and once more when it is back', async () => {
  await using collector = await startCollector()
  const many = async () => {
    for (let i = 0; i < 3_000; i++) openSpan('one of many')?.end()
    await collector.asked(2)
  }
  collector.mode = 'refuses'
  const said = await tracing({ endpoint: collector.url }, async () => {
    await many()
    collector.mode = 'takes'
  })
  assert.deepEqual(said, [
    'traces are not taken; they are lost until they are',
    'traces are taken again',
  ])
})

test('a collector that never answers holds up neither work nor the end, and fills no memory', async () => {
  await using collector = await startCollector()
  collector.mode = 'hangs'
  const startedAt = performance.now()
  await tracing({ endpoint: collector.url }, async () => {
    for (let i = 0; i < 30_000; i++) openSpan('one of many')?.end()
  })
  assert.ok(performance.now() - startedAt < 4_000)
  const { length } = collector.spans
  assert.ok(length > 0 && length < 12_000, `${length} were kept`)
})
