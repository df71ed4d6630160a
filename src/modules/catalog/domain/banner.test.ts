import assert from 'node:assert'
import { test } from 'node:test'
import { drawBanner } from './banner.ts'

const festival = { title: 'Festival Layang-Layang Sanur', location: 'Denpasar, Bali' }

test('a banner shows title and place, and is the same every time', () => {
  const banner = drawBanner(festival)
  assert.match(banner, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /)
  assert.match(banner, /Layang-Layang/)
  assert.match(banner, /Denpasar, Bali/)
  assert.equal(drawBanner(festival), banner)
  assert.notEqual(drawBanner({ ...festival, title: 'Festival Krakatau' }), banner)
})

test('what an organiser writes stays text', () => {
  const evil = drawBanner({ title: '"><script>a\0\u001b&', location: `'/></text><script>` })
  assert.doesNotMatch(evil, /<script|"">|<\/text><s/)
  assert.doesNotMatch(evil, /[\0-\x08\x0b-\x1f]|&(?!#\d+;)/)
})

test('a title of any length fits', () => {
  for (const title of ['', ' ', 'x'.repeat(500), 'kata '.repeat(100), '😀'.repeat(100)]) {
    const banner = drawBanner({ ...festival, title })
    assert(banner.split('<tspan').length <= 4)
    assert(banner.isWellFormed())
  }
})
