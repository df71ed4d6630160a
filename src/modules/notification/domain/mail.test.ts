import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeHtml, isAddress, oneLine } from './mail.ts'

test('an address is one mailbox and nothing that a mail server could read otherwise', () => {
  for (const address of ['siti@example.org', 'a.b+c@localhost', 'jörg@exämple.org']) {
    assert(isAddress(address), address)
  }
  for (const text of [
    '',
    'siti',
    '@example.org',
    'a@b@c',
    'a@b,c@d',
    'a@b;c@d',
    'Siti <a@b>',
    '"a b"@c',
    'a@b\r\nRCPT TO:<c@d>',
    'a @b',
    `${'a'.repeat(250)}@b.cd`,
  ]) {
    assert(!isAddress(text), text)
  }
})

test('what others wrote is one line, whatever breaks they put in', () => {
  assert.equal(oneLine(' a\r\nBcc: b\u2028c\0d\u0085e '), 'a Bcc: b c d e')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(oneLine(text), /[\p{Cc}\p{Zl}\p{Zp}]/u)
    }),
  )
})

test('escaped text neither opens a tag nor leaves an attribute', () => {
  fc.assert(
    fc.property(fc.string(), (text) => assert.doesNotMatch(escapeHtml(text), /[<>"']|&(?!#\d+;)/)),
  )
})
