import assert from 'node:assert'
import { test } from 'node:test'
import { ownPages } from '../../../platform/shared-pages.ts'
import { readyAnswers } from './ready-answers.ts'

function subject(bytesMax = 100_000) {
  let millis = 0
  const answers = readyAnswers({
    clock: () => new Date(millis),
    refreshSeconds: 3,
    bytesMax,
    pages: ownPages,
  })
  let made = 0
  return {
    answers,
    pass: (more: number) => (millis += more),
    /** The body under a key, and how often a body was made so far. */
    async read(key: string, body = key) {
      const answer = await answers.get(key, async () => (made++, { body }))
      return [JSON.parse(String(answer?.bytes)).body, made]
    },
  }
}

test('an answer is made once and made again when it is as old as allowed', async () => {
  const { read, pass } = subject()
  assert.deepEqual(await read('a'), ['a', 1])
  pass(2_999)
  assert.deepEqual(await read('a', 'new'), ['a', 1])
  pass(1)
  assert.deepEqual(await read('a', 'new'), ['new', 2])
})

test('readers who come at once wait for one of them', async () => {
  const { read } = subject()
  const all = await Promise.all([read('a'), read('a'), read('a')])
  assert.deepEqual(all.at(-1), ['a', 1])
})

test('an answer that was being made during a change is not kept', async () => {
  const { answers, read } = subject()
  const before = Promise.withResolvers<object>()
  const reading = answers.get('a', () => before.promise)
  answers.clear()
  assert.deepEqual(await read('a', 'after'), ['after', 1])
  before.resolve({ body: 'before' })
  await reading
  assert.deepEqual(await read('a', 'not made'), ['after', 1])
})

test('what could not be made, or is not there, is looked for again', async () => {
  const { answers, read } = subject()
  await assert.rejects(
    answers.get('a', () => Promise.reject(new Error('outage'))),
    /outage/,
  )
  assert.equal(await answers.get('a', async () => undefined), undefined)
  assert.deepEqual(await read('a'), ['a', 1])
})

test('the oldest answers go when there are too many bytes', async () => {
  // Room for two: each weighs its few bytes and the 500 of its entry.
  const { read } = subject(1_500)
  for (const key of ['a', 'b', 'c']) await read(key)
  assert.deepEqual(await read('b'), ['b', 3])
  assert.deepEqual(await read('a'), ['a', 4])
})

test('equal bodies have equal tags, others have others', async () => {
  const { answers } = subject()
  const tag = async (key: string, body: object) => (await answers.get(key, async () => body))?.etag
  assert.equal(await tag('a', { n: 1 }), await tag('b', { n: 1 }))
  assert.notEqual(await tag('a', { n: 1 }), await tag('c', { n: 2 }))
  assert.match(String(await tag('a', {})), /^"[\w-]{43}"$/)
})
