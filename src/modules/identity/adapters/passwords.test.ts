import assert from 'node:assert'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { hash as argon2 } from '@node-rs/argon2'
import bcrypt from 'bcryptjs'
import { err, ok } from '../../../kernel/result.ts'
import { argon2Passwords } from './passwords.ts'

const passwords = argon2Passwords()

test('a password is kept as argon2id and only itself verifies', async () => {
  const hash = await passwords.hash('correct horse')
  assert.match(hash, /^\$argon2id\$/)
  assert.equal(await passwords.verify('correct horse', hash), true)
  assert.equal(await passwords.verify('correct horsf', hash), false)
  assert.equal(passwords.isOutdated(hash), false)
})

test('a bcrypt hash of every spelling verifies and is outdated', async () => {
  const hash = await bcrypt.hash('correct horse', 4)
  for (const version of ['$2a', '$2b', '$2y']) {
    const imported = version + hash.slice(3)
    assert.equal(await passwords.verify('correct horse', imported), true, version)
    assert.equal(await passwords.verify('correct horsf', imported), false, version)
    assert.equal(passwords.isOutdated(imported), true, version)
  }
})

test('argon2 with other parameters is outdated', async () => {
  const weak = await argon2('correct horse', { memoryCost: 1024 })
  assert.equal(await passwords.verify('correct horse', weak), true)
  assert.equal(passwords.isOutdated(weak), true)
})

test('nobody has a password, and finding that out takes the time of a wrong one', async () => {
  const hash = await passwords.hash('correct horse')
  const fastest = { nobody: Infinity, wrong: Infinity }
  // Taken in turn, and the fastest of each, so that a busy machine slows both alike.
  for (let run = 0; run < 10; run++) {
    for (const who of ['nobody', 'wrong'] as const) {
      const start = performance.now()
      assert.equal(await passwords.verify('wrong', who === 'wrong' ? hash : null), false)
      fastest[who] = Math.min(fastest[who], performance.now() - start)
    }
  }
  assert.ok(fastest.nobody > 0.3 * fastest.wrong, JSON.stringify(fastest))
})

test('only a few verify at once, and a turn that fails is passed on', async () => {
  let running = 0
  let mostRunning = 0
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      passwords.inTurn(async () => {
        mostRunning = Math.max(mostRunning, ++running)
        await new Promise((resolve) => setTimeout(resolve, 1))
        running--
        if (index % 2 === 0) throw new Error('failed')
      }),
    ),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 10)
  assert.ok(mostRunning <= 4)
})

test('a line of 200 may wait; who comes then is turned away until it is shorter', async () => {
  const gate = Promise.withResolvers<void>()
  let begun = 0
  const crowd = await Promise.all(
    Array.from({ length: 300 }, () => {
      const turn = passwords.inTurn(() => (begun++, gate.promise))
      return Promise.race([turn, setImmediate('waits')]).then((outcome) => ({ turn, outcome }))
    }),
  )
  const waiting = crowd.filter(({ outcome }) => outcome === 'waits')
  assert.equal(waiting.length - begun, 200)
  const refused = err({ kind: 'sign-in-overloaded', retryAfterSeconds: 2 })
  for (const { outcome } of crowd.slice(waiting.length)) assert.deepEqual(outcome, refused)

  gate.resolve()
  await Promise.all(waiting.map(({ turn }) => turn))
  assert.equal(begun, waiting.length, 'what was turned away is not done later')
  assert.deepEqual(await passwords.inTurn(async () => 'done'), ok('done'))
})
