import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { printable } from './printable.ts'

// prettier-ignore
const rows: [string, string][] = [
  ['Konser – “Café” €5', 'Konser – “Café” €5'],
  ['Łódź, Hő, Trần, Dvořák', 'Lódz, Ho, Tran, Dvorák'],
  ['Cafe\u0301',         'Café'],
  ['ＡＢＣ ﬁnale',        'ABC finale'],
  ['東京',                '??'],
  ['🎉👨‍👩‍👧',                '??'],
  ['two\r\nlines\tand\0', 'two lines and'],
  ['a\u200bb\u202ec',    'abc'],
]

for (const [text, shown] of rows) {
  test(`${JSON.stringify(text)} is printed as ${shown}`, () => assert.equal(printable(text), shown))
}

test('whatever is printed has a place in Windows 1252, and once printable stays as it is', () => {
  const decoded = new TextDecoder('windows-1252').decode(
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(text)
      assert(Array.from(shown).every((character) => decoded.includes(character)))
      assert.equal(printable(shown), shown)
    }),
  )
})
