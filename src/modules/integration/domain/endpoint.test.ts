import assert from 'node:assert'
import { describe, test } from 'node:test'
import type { Principal } from '../../../kernel/principal.ts'
import { change, managed, noteOutcome, rotate, signingVersions, type Endpoint } from './endpoint.ts'
import type { Outcome } from './delivery.ts'

const now = new Date('2026-11-20T10:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 3_600_000)

const anEndpoint = (changed: Partial<Endpoint> = {}): Endpoint => ({
  id: 'e1',
  ownerId: 'u1',
  url: 'https://example.org/hook',
  description: '',
  types: ['order.paid'],
  eventId: null,
  allEvents: false,
  disabled: null,
  failingSince: null,
  secretVersion: 1,
  formerSecretUntil: null,
  requestHash: null,
  createdAt: daysAgo(30),
  ...changed,
})
const person = (userId: string, ...roles: Principal['roles']): Principal => ({
  userId,
  name: 'Ayu',
  email: 'ayu@example.org',
  roles,
})
const answered = (status: number): Outcome => ({ status, response: '', millis: 5 })
const timedOut: Outcome = { error: 'timeout', millis: 15_000 }

test('an endpoint is there for its owner and administrators, and for nobody else', () => {
  const endpoint = anEndpoint()
  assert.ok(managed(endpoint, person('u1', 'organiser')).ok)
  assert.ok(managed(endpoint, person('u2', 'admin')).ok)
  assert.ok(!managed(endpoint, person('u2', 'organiser')).ok)
  assert.ok(!managed(undefined, person('u1', 'admin')).ok)
})

describe('what an attempt says about its endpoint', () => {
  const disabled = (reason: string) => ({
    disabled: reason,
    messages: [
      {
        type: 'endpoint.disabled',
        key: 'e1',
        data: { endpointId: 'e1', ownerId: 'u1', url: 'https://example.org/hook', reason },
      },
    ],
  })
  const well = { disabled: null, failingSince: null, messages: [] }
  // prettier-ignore
  const stories: [title: string, before: Partial<Endpoint>, Outcome, after: object][] = [
    ['a good answer leaves a good endpoint', {}, answered(204), well],
    ['a good answer ends a bad time', { failingSince: daysAgo(4) }, answered(200), well],
    ['a redirect is no good answer', {}, answered(307), { failingSince: now, messages: [] }],
    ['the first failure begins a bad time', {}, timedOut, { failingSince: now, messages: [] }],
    ['a failure in a short bad time changes nothing', { failingSince: daysAgo(4.99) }, answered(500), { disabled: null, messages: [] }],
    ['a failure after five bad days disables it', { failingSince: daysAgo(5) }, answered(500), disabled('failing')],
    ['410 disables it at once', {}, answered(410), disabled('gone')],
    ['what is disabled is not disabled again', { disabled: 'by-owner' }, answered(410), { disabled: 'by-owner', messages: [] }],
  ]
  for (const [title, before, outcome, expected] of stories) {
    test(title, () => {
      const { state, messages } = noteOutcome(anEndpoint(before), outcome, now)
      assert.partialDeepStrictEqual({ ...state, messages }, expected)
      assert.equal(messages.length, (expected as { messages: [] }).messages.length)
    })
  }
})

test('an endpoint that is enabled again begins anew', () => {
  const enabled = change(anEndpoint({ disabled: 'failing', failingSince: daysAgo(6) }), {
    enabled: true,
  })
  assert.partialDeepStrictEqual(enabled, { disabled: null, failingSince: null })
})

test('disabling keeps the first reason, and other changes do not enable', () => {
  const gone = anEndpoint({ disabled: 'gone' })
  assert.equal(change(gone, { enabled: false }).disabled, 'gone')
  assert.equal(change(gone, { url: 'https://example.org/new' }).disabled, 'gone')
  assert.equal(change(anEndpoint(), { enabled: false }).disabled, 'by-owner')
})

test('for a day after a rotation two secrets sign, the new one first', () => {
  const rotated = rotate(anEndpoint(), now)
  assert.equal(rotated.secretVersion, 2)
  const at = (hours: number) => new Date(now.getTime() + hours * 3_600_000)
  assert.deepEqual(signingVersions(anEndpoint(), now), [1])
  assert.deepEqual(signingVersions(rotated, at(23.99)), [2, 1])
  assert.deepEqual(signingVersions(rotated, at(24)), [2])
})
