import assert from 'node:assert'
import { test } from 'node:test'
import { pictureType } from './id-card.ts'

const text = (characters: string) => Uint8Array.from(Buffer.from(characters, 'latin1'))

test('a picture is known by how it begins', () => {
  assert.equal(pictureType(text('\xff\xd8\xff\xe0 JFIF')), 'image/jpeg')
  assert.equal(pictureType(text('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')), 'image/png')
  assert.equal(pictureType(text('RIFF\x24\0\0\0WEBPVP8 ')), 'image/webp')
})

test('what begins otherwise, or only begins to, is no picture', () => {
  for (const other of ['', 'GIF89a', '<svg xmlns=', '%PDF-1.7', 'RIFF\x24\0\0\0WAVEfmt ', 'RIFF']) {
    assert.equal(pictureType(text(other)), undefined, other)
  }
  assert.equal(pictureType(text('\x89PNG\r\n\x1a')), undefined)
  assert.equal(pictureType(text(' \xff\xd8\xff')), undefined)
})
