import assert from 'node:assert'
import { test } from 'node:test'
import type { Principal } from '../../../kernel/principal.ts'
import { err, ok } from '../../../kernel/result.ts'
import { derivedId, newId } from '../../../platform/ids.ts'
import type { Scan } from '../domain/check-in.ts'
import { checkIn } from './check-in.ts'

const now = new Date('2026-12-12T11:00:00Z')
const staff: Principal = { userId: 'u1', name: 'Sri', email: 's@example.org', roles: ['staff'] }

function subject() {
  const scans: Scan[] = []
  const ports = {
    doors: {
      async redeem(scan: Scan) {
        scans.push(scan)
        return { result: 'unknown' as const }
      },
    },
    codes: { codeOf: () => '', ticketIn: (code: string) => (code === 'good' ? 't1' : undefined) },
    catalog: {
      roleAt: async (eventId: string, userId: string) =>
        eventId === 'e1' && userId === 'u1' ? ('staff' as const) : undefined,
    },
    newId,
    derivedId,
    clock: () => now,
  }
  return { ports, scans }
}

test('the doors of an event are shut to everyone who does not work there', async () => {
  const { ports, scans } = subject()
  const refused = err({ kind: 'event-not-found' })
  const one = [{ code: 'good' }]
  assert.deepEqual(await checkIn(ports, { eventId: 'e2', principal: staff, scans: one }), refused)
  const stranger = { ...staff, userId: 'u2' }
  assert.deepEqual(
    await checkIn(ports, { eventId: 'e1', principal: stranger, scans: one }),
    refused,
  )
  assert.equal(scans.length, 0)

  const admin: Principal = { ...stranger, roles: ['admin'] }
  assert.deepEqual(
    await checkIn(ports, { eventId: 'e1', principal: admin, scans: one }),
    ok([{ result: 'unknown' }]),
  )
})

test('a scan is known again by its nonce, its code and who sent it', async () => {
  const { ports, scans } = subject()
  await checkIn(ports, {
    eventId: 'e1',
    principal: staff,
    scans: [
      { code: 'good', nonce: 'n1' },
      { code: 'good', nonce: 'n1' },
      { code: 'other', nonce: 'n1' },
      { code: 'good', nonce: 'n2' },
      { code: 'good' },
      { code: 'good' },
    ],
  })
  const ids = scans.map((scan) => scan.id)
  assert.equal(ids[0], ids[1])
  assert.equal(new Set(ids).size, 5)
  assert.deepEqual(
    scans.slice(0, 3).map((scan) => scan.ticketId),
    ['t1', 't1', undefined],
  )
})

test('a scan that was kept offline keeps its time, and one from the future has none', async () => {
  const { ports, scans } = subject()
  const before = new Date(now.getTime() - 60_000)
  const after = new Date(now.getTime() + 60_000)
  await checkIn(ports, {
    eventId: 'e1',
    principal: staff,
    scans: [
      { code: 'good', at: before },
      { code: 'good', at: after },
    ],
  })
  assert.deepEqual(
    scans.map((scan) => scan.scannedAt),
    [before, now],
  )
})
