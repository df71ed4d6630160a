import assert from 'node:assert'
import { test } from 'node:test'
import { formatApiKey, isUseWorthKeeping, parseApiKey, type ApiKey } from './api-key.ts'

const id = '0197a1c2-0000-7000-8000-0123456789ab'
const secret = 'S_-'.padEnd(43, 'x')

test('the text of a key holds its id and its secret', () => {
  const text = formatApiKey(id, secret)
  assert.equal(text, `karcis_0197a1c2000070008000${'0123456789ab'}_${secret}`)
  assert.deepEqual(parseApiKey(text), { id, secret })
})

test('no other text is a key', () => {
  const text = formatApiKey(id, secret)
  for (const other of [
    '',
    'karcis_',
    ` ${text}`,
    `${text}x`,
    text.slice(0, -1),
    text.toUpperCase(),
  ]) {
    assert.equal(parseApiKey(other), undefined)
  }
})

test('the last use of a key is kept once a minute', () => {
  const now = new Date('2030-01-01T10:00:00Z')
  const used = (secondsAgo: number | null) => {
    const lastUsedAt = secondsAgo === null ? null : new Date(now.getTime() - secondsAgo * 1000)
    return isUseWorthKeeping({ lastUsedAt } as ApiKey, now)
  }
  assert.deepEqual([used(null), used(60), used(59.999)], [true, true, false])
})
