import assert from 'node:assert'
import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto'
import type { AdmissionPorts } from '../ports.ts'

/*
 * A code is 90 bytes, in base64url without padding exactly 120 characters:
 *
 *   0      version, 1
 *   1-3    key id: the first bytes of SHA-256 of the public key
 *   4-19   ticket id
 *   20-25  the last bytes of the event id; the first ones tell only when it was made
 *   26-89  Ed25519 signature (RFC 8032) of the bytes before it
 */
const version = 1
const signedBytes = 26
const shape = /^[\w-]{120}$/

/** A verification key as scanners fetch it (RFC 8037). */
export type TicketKey = {
  kty: 'OKP'
  crv: 'Ed25519'
  alg: 'EdDSA'
  use: 'sig'
  kid: string
  x: string
}

export type TicketCodes = AdmissionPorts['codes'] & { publicKeys: TicketKey[] }

/**
 * Signs with the key of `seed` (32 bytes), and still accepts codes signed with the retired keys,
 * given by their public keys (32 bytes).
 */
export function ticketCodes(seed: Uint8Array, retiredKeys: readonly Uint8Array[]): TicketCodes {
  const signingKey = privateKeyOf(seed)
  const signingKeyBytes = bytesOf(createPublicKey(signingKey))
  const signingKeyId = keyIdOf(signingKeyBytes)
  const accepted = new Map(
    [signingKeyBytes, ...retiredKeys].map((bytes) => [keyIdOf(bytes), publicKeyOf(bytes)]),
  )
  return {
    publicKeys: [...accepted].map(([kid, key]) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      alg: 'EdDSA',
      use: 'sig',
      kid,
      x: bytesOf(key).toString('base64url'),
    })),

    codeOf(ticket) {
      const signed = Buffer.concat([
        Buffer.of(version),
        Buffer.from(signingKeyId, 'hex'),
        uuidBytes(ticket.id),
        uuidBytes(ticket.eventId).subarray(10),
      ])
      return Buffer.concat([signed, sign(null, signed, signingKey)]).toString('base64url')
    },

    ticketIn(code) {
      if (!shape.test(code)) return undefined
      const bytes = Buffer.from(code, 'base64url')
      const key = accepted.get(bytes.toString('hex', 1, 4))
      if (bytes[0] !== version || !key) return undefined
      const signed = bytes.subarray(0, signedBytes)
      if (!verify(null, signed, key, bytes.subarray(signedBytes))) return undefined
      return uuidOf(signed.subarray(4, 20))
    },
  }
}

/** RFC 8410, section 7: what stands before the 32 bytes of a seed in PKCS #8. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

function privateKeyOf(seed: Uint8Array): KeyObject {
  assert(seed.length === 32, 'the seed of the ticket key has 32 bytes')
  return createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, seed]),
    format: 'der',
    type: 'pkcs8',
  })
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

const bytesOf = (key: KeyObject): Buffer =>
  Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')

const keyIdOf = (publicKey: Uint8Array): string => hash('sha256', publicKey, 'hex').slice(0, 6)

const uuidBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')

const uuidOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
