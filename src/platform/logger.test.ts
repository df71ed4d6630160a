import assert from 'node:assert'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { withoutSecrets } from './log-secrets.ts'
import { createLogger } from './logger.ts'
import { onBehalfOf } from './request-context.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'karcis-log-'))
})
after(() => rm(folder, { recursive: true }))

async function linesOf(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path.join(folder, file), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('a line keeps its sense, names its request, and loses its secrets', async () => {
  const today = `karcis-${new Date().toISOString().slice(0, 10)}.log`
  const log = createLogger({ level: 'info', folder, process: 'test' })
  const headers = { authorization: 's3cret', 'x-api-key': 's3cret', 'x-callback-token': 's3cret' }
  onBehalfOf('request-1', () =>
    log.info({ req: { headers, url: '/v1' }, a: { b: { c: { password: 's3"cret' } } } }, 'said'),
  )
  log.debug('not said')
  const refused = Object.assign(new Error('duplicate key, said sari@example.test'), {
    code: '23505',
    constraint: 'users_email_key',
    detail: 'Key (name)=(Sari Dewi) already exists.',
  })
  log.error({ err: refused }, 'failed')

  const [said, failed, ...more] = await linesOf(today)
  assert.deepEqual(more, [])
  assert.deepEqual([said?.['msg'], said?.['requestId']], ['said', 'request-1'])
  assert.equal((said?.['req'] as { url: string }).url, '/v1')
  assert.ok(!failed || !('requestId' in failed))
  const { message, code, constraint } = failed?.['err'] as Record<string, string>
  assert.deepEqual(
    [message, code, constraint],
    ['duplicate key, said [e-mail]', '23505', 'users_email_key'],
  )
  assert.doesNotMatch(await readFile(path.join(folder, today), 'utf8'), /s3|cret"|Sari|sari/)
})

test('every day has its file, and the oldest go', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-03-01T23:59:59Z') })
  for (const day of ['2026-02-25', '2026-02-27', '2026-02-28']) {
    await writeFile(path.join(folder, `karcis-${day}.log`), '{}\n')
  }
  await writeFile(path.join(folder, 'notes-2026-02-01.log'), 'not ours')
  const log = createLogger({ level: 'info', folder, retentionDays: 3, process: 'test' })
  log.info('the last second')
  t.mock.timers.setTime(Date.parse('2026-03-02T00:00:00Z'))
  log.info('the next day')
  const names = await readdir(folder)
  assert.deepEqual(
    names.filter((name) => name < 'karcis-2026-04' || name.startsWith('notes')).sort(),
    [
      'karcis-2026-02-28.log',
      'karcis-2026-03-01.log',
      'karcis-2026-03-02.log',
      'notes-2026-02-01.log',
    ],
  )
  assert.equal((await linesOf('karcis-2026-03-01.log'))[0]?.['msg'], 'the last second')
  assert.equal((await linesOf('karcis-2026-03-02.log'))[0]?.['msg'], 'the next day')
})

// prettier-ignore
const lines: [string, string][] = [
  ['to sari.dewi+x@mail.example.co.id: 550', 'to [e-mail]: 550'],
  ['postgres@127.0.0.1:5432/karcis', 'postgres@127.0.0.1:5432/karcis'],
  ['GET /v1/orders/order-1?secret=abc&x=1', 'GET /v1/orders/order-1?secret=[redacted]&x=1'],
  ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer [redacted]'],
  ['call +628123456789 or 081234567890', 'call [phone] or [phone]'],
  ['took 1767225600000 ms, 08 at 0812', 'took 1767225600000 ms, 08 at 0812'],
  ['0192f0c4-0812-7abc-8def-081234567890', '0192f0c4-0812-7abc-8def-081234567890'],
  [String.raw`{"body":"{\"password\":\"p\",\"a\":1}"}`, String.raw`{"body":"{\"password\":\"[redacted]\",\"a\":1}"}`],
  [JSON.stringify({ body: JSON.stringify({ token: 'a"b\\c\n', n: 1 }) }), String.raw`{"body":"{\"token\":\"[redacted]\",\"n\":1}"}`],
  [JSON.stringify({ token: 'a"b\\c\n', n: 1 }), '{"token":"[redacted]","n":1}'],
  [`key xnd_production_x1`, 'key [key]'],
  ['x'.repeat(120), '[code]'],
]

test('secrets are found wherever they stand, and nothing else is taken for one', () => {
  for (const [line, told] of lines) assert.equal(withoutSecrets(line), told)
  const startedAt = performance.now()
  withoutSecrets(`${'a'.repeat(50_000)} ${'a.'.repeat(25_000)} ${'"token":"\\'.repeat(5_000)}`)
  assert.ok(performance.now() - startedAt < 500, 'a long line takes no time to speak of')
})
