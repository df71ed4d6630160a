import assert from 'node:assert'
import { test } from 'node:test'
import { formatInstant } from './instant.ts'

test('an instant is told in the time of Jakarta, with its zone', () => {
  const instant = new Date('2026-12-11T17:30:00Z')
  assert.equal(formatInstant(instant, 'id'), 'Sabtu, 12 Desember 2026 pukul 00.30 WIB')
  assert.equal(formatInstant(instant, 'en'), 'Saturday, 12 December 2026 at 00:30 WIB')
})
