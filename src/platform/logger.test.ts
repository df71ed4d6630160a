import assert from 'node:assert'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { createLogger } from './logger.ts'

test('a line keeps its sense and loses its secrets', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'karcis-log-'))
  const log = createLogger({ level: 'info', folder, process: 'test' })
  const headers = { authorization: 's3cret', 'x-api-key': 's3cret', 'x-callback-token': 's3cret' }
  log.info({ req: { headers, url: '/v1' }, body: { password: 's3cret', token: 's3cret' } }, 'said')
  log.debug('not said')

  const [name = ''] = await readdir(folder)
  assert.match(name, /^karcis-\d{4}-\d\d-\d\d\.log$/)
  const lines = (await readFile(path.join(folder, name), 'utf8')).trim().split('\n')
  assert.equal(lines.length, 1)
  assert.doesNotMatch(lines[0] ?? '', /s3cret/)
  assert.match(lines[0] ?? '', /"url":"\/v1".*"msg":"said"/)
  await rm(folder, { recursive: true })
})
