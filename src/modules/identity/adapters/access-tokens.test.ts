import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeProtectedHeader, SignJWT } from 'jose'
import { jwtAccessTokens } from './access-tokens.ts'

const start = new Date('2030-01-01T10:00:00Z')
const accessTokenKey = Buffer.alloc(32, 'a')
const ayu = {
  userId: '0197a1c2-0000-7000-8000-000000000001',
  name: 'Ayu',
  email: 'ayu@example.com',
  roles: ['buyer', 'admin'] as const,
  sessionId: '0197a1c2-0000-7000-8000-000000000002',
}

function tokens(...accessTokenKeys: Uint8Array[]) {
  let now = start
  if (accessTokenKeys.length === 0) accessTokenKeys = [accessTokenKey]
  const settings = { accessTokenKeys, accessTokenSeconds: 60, clock: () => now }
  const wait = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000)
  }
  return { ...jwtAccessTokens(settings), wait }
}

/** What a token says about the key that signed it. */
async function kidOf(key: Uint8Array): Promise<string> {
  const { accessToken } = await tokens(key).issue(ayu)
  return String(decodeProtectedHeader(accessToken).kid)
}

test('a token proves who is asking until it expires, remembered or not', async () => {
  const { issue, verify, wait } = tokens()
  const remembered = await issue(ayu)
  assert.equal(remembered.expiresInSeconds, 60)
  assert.equal(remembered.expiresAt, '2030-01-01T10:01:00.000Z')
  wait(59)
  const { accessToken: fresh } = await issue(ayu)
  assert.deepEqual(await verify(remembered.accessToken), ayu)
  assert.deepEqual(await verify(remembered.accessToken), ayu)
  wait(1)
  assert.equal(await verify(remembered.accessToken), undefined)
  wait(59)
  assert.equal(await verify(fresh), undefined)
})

test('no mutation of a token verifies', async () => {
  const { issue, verify } = tokens()
  const { accessToken } = await issue(ayu)
  assert.ok(await verify(accessToken))

  const characters = [...'ABYZabyz0189-_.=+/ \n\0é']
  const mutation = fc.record({
    position: fc.nat(accessToken.length),
    dropped: fc.nat(2),
    added: fc.string({ unit: fc.constantFrom(...characters), maxLength: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(mutation, async ({ position, dropped, added }) => {
      const mutated = accessToken.slice(0, position) + added + accessToken.slice(position + dropped)
      fc.pre(mutated !== accessToken)
      assert.equal(await verify(mutated), undefined, JSON.stringify(mutated))
    }),
    { numRuns: 2000 },
  )
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (const last of alphabet.replace(accessToken.at(-1)!, '')) {
    assert.equal(await verify(accessToken.slice(0, -1) + last), undefined)
  }
})

test('only our algorithm, key and type of token count', async () => {
  const { verify } = tokens()
  const iat = start.getTime() / 1000
  const claims = {
    sub: ayu.userId,
    name: ayu.name,
    email: ayu.email,
    roles: ['admin'],
    sid: 's',
    iat,
    exp: iat + 9,
  }
  const longKey = Buffer.alloc(64, 'a')
  const sign = async (header: { alg: string; typ?: string }, key = longKey, kid?: string) =>
    new SignJWT(claims).setProtectedHeader({ ...header, kid: kid ?? (await kidOf(key)) }).sign(key)

  assert.ok(await verify(await sign({ alg: 'HS256', typ: 'at+jwt' }, accessTokenKey)))
  assert.equal(await verify(await sign({ alg: 'HS256' }, accessTokenKey)), undefined)
  assert.equal(await verify(await sign({ alg: 'HS256', typ: 'at+jwt' })), undefined)
  const kid = await kidOf(accessTokenKey)
  assert.equal(await verify(await sign({ alg: 'HS256', typ: 'at+jwt' }, longKey, kid)), undefined)
  assert.equal(await tokens(longKey).verify(await sign({ alg: 'HS512', typ: 'at+jwt' })), undefined)

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const none = part({ alg: 'none', typ: 'at+jwt', kid })
  assert.equal(await verify(`${none}.${part(claims)}.`), undefined)
})

test('a token that lacks a claim is none of ours', async () => {
  const { verify } = tokens()
  const exp = start.getTime() / 1000 + 9
  const claims = { sub: 'u', email: 'e', roles: [], sid: 's', iat: exp - 9, exp }
  for (const missing of Object.keys(claims)) {
    const rest = Object.entries(claims).filter(([name]) => name !== missing)
    const token = await new SignJWT(Object.fromEntries(rest))
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: await kidOf(accessTokenKey) })
      .sign(accessTokenKey)
    assert.equal(await verify(token), undefined, missing)
  }
})

test('a key is replaced without anybody being sent away, and then forgotten', async () => {
  const [oldKey, newKey] = [Buffer.alloc(32, 'o'), Buffer.alloc(32, 'n')]
  const { accessToken: old } = await tokens(oldKey).issue(ayu)
  const both = tokens(newKey, oldKey)
  assert.deepEqual(await both.verify(old), ayu)
  const { accessToken: fresh } = await both.issue(ayu)
  assert.deepEqual(await tokens(newKey).verify(fresh), ayu, 'the first key signs')
  assert.equal(await tokens(oldKey).verify(fresh), undefined)
  assert.equal(await tokens(newKey).verify(old), undefined, 'a key that is gone opens nothing')
})
