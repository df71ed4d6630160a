import assert from 'node:assert'
import { test } from 'node:test'
import { addressRules } from './addresses.ts'

const strict = addressRules({ privateAddresses: false })
const lenient = addressRules({ privateAddresses: true })

// prettier-ignore
const inside = [
  '127.0.0.1', '127.255.255.254', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', // loopback, private
  '::1', 'fd00::1', 'fc00::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1',
]
// prettier-ignore
const neverAllowed = [
  '169.254.169.254', '169.254.0.1', 'fe80::1', '::ffff:169.254.169.254', // link-local, where clouds keep credentials
  '0.0.0.0', '::', '255.255.255.255', '224.0.0.1', 'ff02::1', // unspecified, broadcast, multicast
  '100.64.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1', '192.0.0.1', // shared, documentation, reserved
  '64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', '::7f00:1', '100::1', '5f00::1', 'fec0::1', // translations of IPv4, and no address of anybody
  '', 'localhost', '0x7f000001x', // no addresses
]
const outside = ['93.184.216.34', '8.8.8.8', '172.32.0.1', '2606:2800:220:1::1', '::ffff:8.8.8.8']

test('only what everybody can reach is reached', () => {
  for (const address of outside) assert.ok(strict.isAllowed(address), address)
  for (const address of [...inside, ...neverAllowed]) {
    assert.ok(!strict.isAllowed(address), address)
  }
})

test('for development the inside may be reached, and still not what is link-local or nowhere', () => {
  for (const address of [...outside, ...inside]) assert.ok(lenient.isAllowed(address), address)
  for (const address of neverAllowed) assert.ok(!lenient.isAllowed(address), address)
})

test('an address is refused for what its text tells already', () => {
  const stories: [url: string, reason: string | undefined][] = [
    ['https://example.org/hook?a=b', undefined],
    ['https://example.org:8443/', undefined],
    ['https://93.184.216.34/', undefined],
    ['http://example.org/', 'https-needed'],
    ['https://example.org:22/', 'port-not-allowed'],
    ['https://sari:geheim@example.org/', 'credentials'],
    ['ftp://example.org/', 'not-a-url'],
    ['file:///etc/passwd', 'not-a-url'],
    ['example.org', 'not-a-url'],
    ['https://localhost/', 'private-address'],
    ['https://karcis.localhost./', 'private-address'],
    ['https://127.0.0.1/', 'private-address'],
    // The forms in which browsers and resolvers also take an IPv4 address.
    ['https://127.1/', 'private-address'],
    ['https://2130706433/', 'private-address'],
    ['https://0x7f.0.0.1/', 'private-address'],
    ['https://017700000001/', 'private-address'],
    ['https://１２７.0.0.1/', 'private-address'],
    ['https://[::1]/', 'private-address'],
    ['https://[::ffff:7f00:1]/', 'private-address'],
    ['https://169.254.169.254/latest/meta-data/', 'private-address'],
  ]
  for (const [url, reason] of stories) assert.equal(strict.refusalOf(url), reason, url)
})

test('for development http and every port will do', () => {
  assert.equal(lenient.refusalOf('http://localhost:4000/hook'), undefined)
  assert.equal(lenient.refusalOf('http://[::1]:4000/'), undefined)
  assert.equal(lenient.refusalOf('http://169.254.169.254/'), 'private-address')
  assert.equal(lenient.refusalOf('http://sari:geheim@localhost/'), 'credentials')
})
