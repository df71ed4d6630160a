import assert from 'node:assert'
import { createPrivateKey, sign, webcrypto } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { newId } from '../../../platform/ids.ts'
import { ticketCodes } from './ticket-codes.ts'

const seed = (byte: number) => new Uint8Array(32).fill(byte)
const codes = ticketCodes(seed(1), [])
const ticket = { id: newId(), eventId: newId() }
const code = codes.codeOf(ticket)

describe('a ticket code', () => {
  test('is short, and always the same for a ticket', () => {
    assert.match(code, /^[\w-]{120}$/)
    assert.equal(codes.codeOf(ticket), code)
    assert.equal(codes.ticketIn(code), ticket.id)
  })

  test('is worth nothing when any bit of it is flipped', () => {
    fc.assert(
      fc.property(fc.nat(90 * 8 - 1), (bit) => {
        const bytes = Buffer.from(code, 'base64url')
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        assert.equal(codes.ticketIn(bytes.toString('base64url')), undefined)
      }),
      { numRuns: 720 },
    )
  })

  test('is not read out of anything else', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .uint8Array({ minLength: 90, maxLength: 90 })
        .map((b) => Buffer.from(b).toString('base64url')),
    )
    fc.assert(fc.property(hostile, (text) => assert.equal(codes.ticketIn(text), undefined)))
    for (const near of [`${code}=`, `${code}\n`, ` ${code}`, code.slice(1), code + code, '']) {
      assert.equal(codes.ticketIn(near), undefined)
    }
  })

  test('of another key is refused, of a retired key still read', () => {
    const before = ticketCodes(seed(2), [])
    const oldCode = before.codeOf(ticket)
    assert.equal(codes.ticketIn(oldCode), undefined)

    const retired = before.publicKeys.map((key) => Buffer.from(key.x, 'base64url'))
    const rotated = ticketCodes(seed(1), retired)
    assert.equal(rotated.ticketIn(oldCode), ticket.id)
    assert.equal(rotated.ticketIn(code), ticket.id)
    assert.equal(rotated.publicKeys.length, 2)
  })

  test('of a version to come is refused, though our key signed it', () => {
    const { x } = codes.publicKeys[0] ?? { x: '' }
    const d = Buffer.from(seed(1)).toString('base64url')
    const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' })
    const signed = Buffer.from(code, 'base64url').subarray(0, 26)
    const codeOfVersion = (version: number) => {
      signed.writeUInt8(version)
      return Buffer.concat([signed, sign(null, signed, key)]).toString('base64url')
    }
    assert.equal(codes.ticketIn(codeOfVersion(2)), undefined)
    assert.equal(codes.ticketIn(codeOfVersion(1)), ticket.id)
  })

  test('can be checked offline with the published key', async () => {
    const bytes = Buffer.from(code, 'base64url')
    const jwk = codes.publicKeys.find((key) => key.kid === bytes.toString('hex', 1, 4))
    assert(jwk)
    const key = await webcrypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify'])
    const [signed, signature] = [bytes.subarray(0, 26), bytes.subarray(26)]
    assert(await webcrypto.subtle.verify('Ed25519', key, signature, signed))
    assert.equal(signed.toString('hex', 20), ticket.eventId.replaceAll('-', '').slice(20))
  })
})
