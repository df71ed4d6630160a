import assert from 'node:assert'
import { test } from 'node:test'
import { secondsUntilLogin } from './login-throttle.ts'

const since = new Date('2030-01-01T10:00:00Z')
const at = (seconds: number): Date => new Date(since.getTime() + seconds * 1000)

test('the tenth failure closes the account until five minutes after the first', () => {
  assert.equal(secondsUntilLogin(undefined, since), 0)
  assert.equal(secondsUntilLogin({ failures: 9, since }, at(1)), 0)
  assert.equal(secondsUntilLogin({ failures: 10, since }, at(1)), 299)
  assert.equal(secondsUntilLogin({ failures: 10, since }, at(299.001)), 1)
  assert.equal(secondsUntilLogin({ failures: 10, since }, at(300)), 0)
  assert.equal(secondsUntilLogin({ failures: 10, since }, at(900)), 0)
})
