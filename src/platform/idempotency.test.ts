import assert from 'node:assert'
import { test } from 'node:test'
import type { FastifyRequest } from 'fastify'
import { creationKey } from './idempotency.ts'

const request = (key: string | undefined, body: unknown = { a: 1 }, operationId = 'placeOrder') =>
  ({
    headers: key === undefined ? {} : { 'idempotency-key': key },
    body,
    routeOptions: { schema: { operationId } },
  }) as unknown as FastifyRequest

test('the same key of the same caller for the same operation names the same thing', () => {
  const first = creationKey(request('k'), 'anna')
  assert.deepEqual(creationKey(request('k'), 'anna'), first)
  assert.notEqual(creationKey(request('k'), 'budi').id, first.id)
  assert.notEqual(creationKey(request('l'), 'anna').id, first.id)
  assert.notEqual(creationKey(request('k', {}, 'createEvent'), 'anna').id, first.id)
})

test('another body under the same key is told apart', () => {
  const first = creationKey(request('k', { quantity: 1 }), 'anna')
  const second = creationKey(request('k', { quantity: 2 }), 'anna')
  assert.equal(second.id, first.id)
  assert.notEqual(second.requestHash, first.requestHash)
})

test('without a key every request creates something new', () => {
  assert.notEqual(
    creationKey(request(undefined), 'anna').id,
    creationKey(request(undefined), 'anna').id,
  )
})
