import assert from 'node:assert'
import { test } from 'node:test'
import type { IdCard } from '../domain/id-card.ts'
import { idCardBytesMax } from '../domain/id-card.ts'
import { keepIdCard } from './keep-id-card.ts'

const jpeg = (length: number) => Uint8Array.of(0xff, 0xd8, 0xff, ...new Uint8Array(length - 3))

function cards() {
  const kept: IdCard[] = []
  const idCards = {
    keep: async (_userId: string, card: IdCard) => void kept.push(card),
    find: async () => undefined,
  }
  return { kept, ports: { idCards, clock: () => new Date() } }
}

test('a picture is kept under the type that it has', async () => {
  const { kept, ports } = cards()
  const content = jpeg(10)
  assert.equal((await keepIdCard(ports, { userId: 'u', content })).ok, true)
  assert.deepEqual(kept, [{ contentType: 'image/jpeg', content }])
})

test('what is no picture, or too large a one, is not kept', async () => {
  const { kept, ports } = cards()
  const text = { userId: 'u', content: new TextEncoder().encode('not a picture') }
  const large = { userId: 'u', content: new Uint8Array(idCardBytesMax + 1) }
  assert.deepEqual(await keepIdCard(ports, text), {
    ok: false,
    error: { kind: 'id-card-not-a-picture' },
  })
  assert.deepEqual(await keepIdCard(ports, large), {
    ok: false,
    error: { kind: 'id-card-too-large' },
  })
  assert.deepEqual(kept, [])
})
