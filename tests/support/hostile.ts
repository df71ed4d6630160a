import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request, type ClientRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { exampleOf, targetOf, type Known, type Operation } from './operations.ts'

export type RawRequest = {
  method: string
  /** Path and query, sent as they are. */
  target: string
  headers: Record<string, string>
  body?: string | Buffer
}
export type RawAnswer = { status: number; headers: Record<string, unknown>; body: string }

const agent = new Agent({ keepAlive: true })

/** Sends a request as it is: nothing is corrected on the way, as `fetch` does. */
export function sendRaw(url: string, { body = '', ...raw }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const { method, target: path } = raw
  const bytes = Buffer.from(body)
  const headers = { ...raw.headers, ...(bytes.length > 0 && { 'content-length': bytes.length }) }
  const sent = request({ hostname, port, method, path, headers, agent }, (answer) => {
    const { statusCode: status = 0, headers } = answer
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.on('error', reject)
    answer.on('end', () => resolve({ status, headers, body: String(Buffer.concat(chunks)) }))
    if (!headers['content-type']?.startsWith('text/event-stream')) return
    resolve({ status, headers, body: '' })
    sent.destroy()
  })
  sent.on('error', reject)
  writeUntilAnswered(sent, bytes).catch(reject)
  return promise.finally(() => sent.writableEnded || sent.destroy())
}

/** Bodies above this are not accepted, and need not be sent to the end to learn that. */
const bodyBytesMax = 128 * 1024

/** A server that has read enough answers and closes; who goes on writing may miss the answer. */
async function writeUntilAnswered(sent: ClientRequest, bytes: Buffer): Promise<void> {
  if (bytes.length > bodyBytesMax) {
    const answer = once(sent, 'response')
    sent.flushHeaders()
    const isAnswered = await Promise.race([answer.then(() => true), sleep(500, false)])
    if (isAnswered) return
  }
  sent.end(bytes)
}

const long = 'x'.repeat(100_000)
const deep = (inner: string, depth: number) => '['.repeat(depth) + inner + ']'.repeat(depth)

/** JSON texts that no field wants, or that few programs bear. */
const values = [
  ...['null', 'true', '0', '-1', '0.1', '1e400', '-1e400', '1e308', '-0', '2147483648'],
  ...['9007199254740993', '9223372036854775808', '1'.repeat(400)],
  ...['""', '" "', '"NaN"', '"Infinity"', '"1e400"', '"null"', '"undefined"', '"[object Object]"'],
  ...['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', '"\\u202e\\ufeff"', '"😀"'],
  ...['[]', '{}', '[[]]', '["a","a"]', '[null]', `"${long}"`, `[${'0,'.repeat(20_000)}0]`],
  ...['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}'],
  ...['{"toString":1,"valueOf":1,"hasOwnProperty":1}', '{"then":"x","length":-1}'],
  ...[deep('', 5_000), deep('"\\u0000"', 20_000), deep('"\\ud800"', 60_000)],
  ...[`"'; drop table booking.orders; --"`, '"../../etc/passwd"', '"<script>alert(1)</script>"'],
  ...['"%00"', '"\\r\\nset-cookie: a=b"', '"${7*7}"', '"{{7*7}}"', '"$where"'],
  ...['"2090-02-30T00:00:00Z"', '"2090-01-01T24:61:61Z"', '"0000-00-00T00:00:00Z"'],
  ...['"+275760-09-13T00:00:00Z"', '"-271821-04-20T00:00:00Z"', '"Mars/Olympus"', '"XXX"'],
  ...['"order-00000000-0000-0000-0000-000000000000"', '"user-1"', `"${randomUUID()}"`],
  ...[`"event-${randomUUID()}"`, `"tickettype-${randomUUID()}"`, `"user-${randomUUID()}"`],
]

const keys = [
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"unknown"',
  '""',
  '"\\u0000"',
]

/** Bodies that are wrong as a whole. */
const bodies = [
  ...[
    '',
    ' ',
    '{',
    '}',
    '[',
    '"',
    'null',
    'true',
    '0',
    '1e400',
    '"text"',
    '[]',
    '{}',
    '[{}]',
    '{"a":}',
  ],
  ...['NaN', 'undefined', "{'a':1}", '{"a":1,}', '{"a":1}{"b":2}', '\uFEFF{}', '\0', '{"a":"\0"}'],
  ...['<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
  ...['a=b&c=d', '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--'],
  ...['{"__proto__":{"admin":true}}', '{"a":1,"a":2}', deep('', 60_000), '['.repeat(100_000)],
  ...[`{"a":"${long}${long}"}`, deep('"\\u0000"', 60_000), deep('"\\ud800"', 3_000)],
]

const contentTypes = [
  ...['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'application/jsonp'],
  ...['multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'json', ';', ''],
  ...['application/json, text/plain', 'application/problem+json', `application/${'x'.repeat(500)}`],
]

/** Segments of a path and values of a query, already in their encoding. */
const segments = [
  ...['', '%20', '-1', '0', '1e400', 'NaN', 'null', 'undefined', '*', '%00', 'a%00b', '%ff', '%'],
  ...[
    '%zz',
    '%c0%af',
    '%ED%A0%80',
    '%F0%9F%98%80',
    '..',
    '%2e%2e',
    '..%2f..%2fetc%2fpasswd',
    ';a=b',
  ],
  ...['__proto__', 'constructor', 'toString', "'%20or%201=1--", '%3Cscript%3E', 'a/b', '//', '%5c'],
  ...['x'.repeat(300), 'x'.repeat(9_000), `order-${randomUUID()}`, `event-${randomUUID()}`],
  ...[`user-${randomUUID()}`, `order-${'0'.repeat(36)}`, `ORDER-${randomUUID()}`, randomUUID()],
]

const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Cursors are ours to read, so they are forged where their reader looks. */
const cursors = ['e30', 'bnVsbA', '_'.repeat(300)].concat(
  [
    ...[[], [null, null], [1, 2], ['', ''], {}, { 0: 'a' }, 'text', [['2090-01-01'], {}]],
    ...['1', '2090-01-01', '+275760-09-13T00:00:00.000Z', '-271821-04-20T00:00:00.000Z'].flatMap(
      (instant) =>
        [randomUUID(), '-'.repeat(36), `event-${randomUUID()}`, `order-${randomUUID()}`, '\0'].map(
          (id) => [instant, id],
        ),
    ),
  ].map(cursorOf),
)

const headers: Record<string, string>[] = [
  ...['', ' ', 'a b', 'é', 'x'.repeat(256), '"', '__proto__'].map((v) => ({
    'idempotency-key': v,
  })),
  ...['', 'x', 'Bearer', 'Bearer ', 'Basic eDp5', `Bearer ${'x'.repeat(5_000)}`, 'Bearer a.b.c']
    .concat('Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyIn0.', 'bearer null', 'Bearer \u00e9')
    .map((v) => ({ authorization: v })),
  ...['', 'x', 'karcis_', '__proto__', 'x'.repeat(5_000)].map((v) => ({ 'x-api-key': v })),
  ...['', 'x', '\u00e9', 'x'.repeat(5_000)].map((v) => ({ 'x-order-secret': v })),
  ...['wait=1', 'wait=-1', 'wait=1e9', 'wait=', 'x'.repeat(5_000)].map((v) => ({ prefer: v })),
  { 'x-request-id': '<script>' },
  { 'x-forwarded-for': 'x', 'x-forwarded-host': 'evil.test', 'x-http-method-override': 'DELETE' },
  { 'if-none-match': '*', range: 'bytes=0-,-1', accept: 'x', 'accept-encoding': '*;q=x' },
  { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  { expect: '100-continue' },
  { cookie: 'a=b; '.repeat(1_000) },
  { 'x-long': 'x'.repeat(12_000) },
]

/** The address with a well-formed id of the same kind in that place, which nothing has. */
const withIdOfNothing = (target: string, place: number): string =>
  target
    .split('/')
    .map((part, i) => (i === place ? part.replace(/(?<=^[a-z]+-)[0-9a-f-]{36}/, noUuid) : part))
    .join('/')
const noUuid = '01980000-0000-7000-8000-ffffffffffff'

/**
 * Requests for an operation as good as they can be, and such that are wrong in one way and otherwise
 * as good.
 */
export function attacksOn(operation: Operation, known: Known): fc.Arbitrary<RawRequest> {
  const { method, path, parameters, body } = operation
  const target = targetOf(operation, known)
  const example = body && exampleOf(body, known)
  const json = { 'content-type': 'application/json' }
  const good: RawRequest = {
    method,
    target,
    headers: example === undefined ? {} : json,
    ...(example !== undefined && { body: JSON.stringify(example) }),
  }
  const query = parameters.filter((one) => one.in === 'query').map(({ name }) => name)
  const attacks: fc.Arbitrary<RawRequest>[] = [
    fc.constant(good),
    fc.constantFrom(...headers).map((more) => ({ ...good, headers: { ...good.headers, ...more } })),
    fc.constantFrom(...bodies).map((raw) => ({ ...good, headers: json, body: raw })),
    fc
      .uint8Array({ maxLength: 200 })
      .map((raw) => ({ ...good, headers: json, body: Buffer.from(raw) })),
    fc
      .constantFrom(...contentTypes)
      .map((type) => ({ body: '{}', ...good, headers: { 'content-type': type } })),
    fc
      .tuple(
        fc.constantFrom('__proto__', 'unknown', 'a[b]', 'constructor', '%00', ...query),
        fc.array(fc.constantFrom(...segments, ...cursors), { minLength: 1, maxLength: 2 }),
      )
      .map(([name, given]) => ({
        ...good,
        target: `${target}?${given.map((value) => `${name}=${value}`).join('&')}`,
      })),
    fc
      .constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE')
      .map((other) => ({
        ...good,
        method: other,
      })),
  ]
  const variable = path.split('/').flatMap((part, i) => (part.startsWith('{') ? [i] : []))
  if (variable.length > 0) {
    attacks.push(
      fc.tuple(fc.constantFrom(...variable), fc.constantFrom(...segments)).map(([i, segment]) => ({
        ...good,
        target: target.split('/').with(i, segment).join('/'),
      })),
      fc.constantFrom(...variable).map((i) => ({ ...good, target: withIdOfNothing(target, i) })),
    )
  }
  if (query.includes('cursor')) {
    attacks.push(
      fc
        .constantFrom(...cursors)
        .map((cursor) => ({ ...good, target: `${target}?cursor=${cursor}` })),
    )
  }
  if (example !== undefined) {
    const spoilt = spoiltBodies(example).map((text) => ({ ...good, body: text }))
    attacks.push(spoilt, spoilt, spoilt)
  }
  return fc.oneof(...attacks)
}

const [rawKey, rawValue] = ['@key@', '@value@']
type Spot = (string | number)[]

/** The example with one value replaced, left out or added, as text: not all of it is JSON for us. */
function spoiltBodies(example: unknown): fc.Arbitrary<string> {
  const replaced = fc
    .tuple(fc.constantFrom(...spotsIn(example)), fc.constantFrom(...values))
    .map(([spot, value]) =>
      asText(
        edited(example, spot, () => rawValue),
        { value },
      ),
    )
  const leftOut = fc
    .constantFrom(...spotsIn(example))
    .map((spot) => asText(edited(example, spot, () => undefined)))
  const added = fc
    .tuple(
      fc.constantFrom(...spotsIn(example).filter((spot) => isRecord(valueAt(example, spot)))),
      fc.constantFrom(...keys),
      fc.constantFrom(...values),
    )
    .map(([spot, key, value]) => {
      const more = (inner: unknown) => ({ ...(inner as object), [rawKey]: rawValue })
      return asText(edited(example, spot, more), { key, value })
    })
  return fc.oneof({ weight: 4, arbitrary: replaced }, leftOut, added)
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const valueAt = (value: unknown, spot: Spot): unknown =>
  spot.reduce((inner, key) => (inner as Record<string, unknown>)[key], value)

/** The paths to every value inside a value, itself included. */
function spotsIn(value: unknown): Spot[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [[], ...inner.flatMap(([key, one]) => spotsIn(one).map((spot) => [key, ...spot]))]
}

function edited(value: unknown, [key, ...rest]: Spot, edit: (old: unknown) => unknown): unknown {
  if (key === undefined) return edit(value)
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string,
    unknown
  >
  copy[key] = edited(copy[key], rest, edit)
  return copy
}

const asText = (value: unknown, { key = '', value: raw = '' } = {}): string =>
  (JSON.stringify(value) ?? '')
    .replace(`"${rawKey}"`, () => key)
    .replace(`"${rawValue}"`, () => raw)
