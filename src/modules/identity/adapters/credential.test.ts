import assert from 'node:assert'
import { test } from 'node:test'
import { credentialOf } from './credential.ts'

test('a request shows a bearer token or an API key', () => {
  const table: [Record<string, string>, ReturnType<typeof credentialOf>][] = [
    [{}, undefined],
    [{ authorization: 'Bearer abc.d' }, { kind: 'access-token', token: 'abc.d' }],
    [{ authorization: 'bearer abc' }, { kind: 'access-token', token: 'abc' }],
    [{ authorization: 'Bearer' }, undefined],
    [{ authorization: 'Bearer a b' }, undefined],
    [{ authorization: 'Basic YTpi' }, undefined],
    [{ authorization: 'Basic YTpi', 'x-api-key': 'k' }, undefined],
    [{ 'x-api-key': 'k' }, { kind: 'api-key', key: 'k' }],
    [
      { authorization: 'Bearer t', 'x-api-key': 'k' },
      { kind: 'access-token', token: 't' },
    ],
  ]
  for (const [headers, expected] of table) assert.deepEqual(credentialOf({ headers }), expected)
})
