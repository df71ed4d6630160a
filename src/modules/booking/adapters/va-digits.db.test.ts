import assert from 'node:assert'
import { test } from 'node:test'
import { createTestDatabase } from '../../../../tests/support/database.ts'
import { vaDigits } from './va-digits.ts'

test('no two processes give the same digits, however many are asked for at once', async () => {
  await using database = await createTestDatabase()
  const processes = [vaDigits(database.pool), vaDigits(database.pool)]
  const given = await Promise.all(Array.from({ length: 5_000 }, (_, i) => processes[i % 2]!(11)))
  assert.equal(new Set(given).size, 5_000)
  assert.ok(given.every((digits) => /^\d{11}$/.test(digits)))
})

test('when the numbers of a length are used up, they begin anew', async () => {
  await using database = await createTestDatabase()
  await database.pool.query(`select setval('booking.virtual_accounts', 99999001, false)`)
  const next = vaDigits(database.pool)
  const given = await Promise.all(Array.from({ length: 1_000 }, () => next(8)))
  assert.deepEqual(given.slice(-2), ['99999999', '00000000'])
})
