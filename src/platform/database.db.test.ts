import assert from 'node:assert'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { testServerUrl } from '../../tests/support/database.ts'
import { foreignDatabase } from './database.ts'
import { isStartError } from './start-error.ts'

function changed(change: (url: URL) => void): string {
  const url = new URL(testServerUrl())
  change(url)
  return url.href
}

test('takes a PostgreSQL that answers', async () => {
  const database = await foreignDatabase(testServerUrl())
  assert.equal(database.databaseUrl, testServerUrl())
})

const unusable: [string, () => string, RegExp][] = [
  ['nothing', () => 'postgres://karcis:hunter2@127.0.0.1:1/karcis', /but nothing answers there\.$/],
  [
    'an unknown host',
    () => 'postgres://karcis:hunter2@no.invalid/x',
    /but that host is unknown\.$/,
  ],
  ['no socket', () => 'postgres://k:hunter2@x/x?host=%2Fnowhere', /but there is no such socket\.$/],
  [
    'a wrong password',
    () => changed((url) => (url.password = 'hunter2')),
    /but it refuses this user and password\.$/,
  ],
  [
    'an unknown database',
    () => changed((url) => (url.pathname = '/nowhere')),
    /but it has no database of that name\.$/,
  ],
]

for (const [what, url, sentence] of unusable) {
  test(`refuses an address that leads to ${what}, without repeating its password`, async () => {
    await assert.rejects(foreignDatabase(url()), (error: Error) => {
      assert.ok(isStartError(error))
      assert.match(error.message, /^DATABASE_URL leads to /)
      assert.match(error.message, sentence)
      assert.ok(!error.message.includes(new URL(url()).password))
      return true
    })
  })
}

test('refuses an address that leads to something that is no PostgreSQL', async () => {
  const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await once(other.listen(0, '127.0.0.1'), 'listening')
  const { port } = other.address() as AddressInfo
  await assert.rejects(foreignDatabase(`postgres://k:p@127.0.0.1:${port}/x`), isStartError)
  other.close()
})
