import assert from 'node:assert'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { errorsPage, generatedPages, messagesPage, root, withMetrics } from './generated-pages.ts'

test('the pages that are made of the code say what the code says', async () => {
  const pages = await generatedPages()
  assert.deepEqual(Object.keys(pages), [
    'docs/errors.md',
    'docs/messages.md',
    'docs/operating.md',
    'docs/postman/festival.json',
    'docs/postman/services.json',
    'docs/postman/tedx.json',
    'docs/postman/concert.json',
    'docs/postman/v1.json',
    'docs/karcis.http',
  ])
  for (const [file, text] of Object.entries(pages)) {
    const kept = await readFile(path.join(root, file), 'utf8')
    assert.equal(kept, text, `${file} is not what the code says: npm run docs`)
  }
})

test('a refusal stands in the page once per meaning, with everyone who answers it', () => {
  const gone = { status: 404, title: 'Gone.', retry: false }
  const page = errorsPage({
    catalog: { 'event-not-found': gone },
    booking: { 'event-not-found': gone, 'sold-out': { status: 409, title: 'None.', retry: true } },
    admission: { 'event-not-found': { ...gone, title: 'Not yours.' } },
  })
  assert.match(page, /^\| `event-not-found` \| 404 \| Gone\. \| no \| catalog, booking \|$/m)
  assert.match(page, /^\| `event-not-found` \| 404 \| Not yours\. \| no \| admission \|$/m)
  assert.match(page, /^\| `sold-out` \| 409 \| None\. \| yes \| booking \|$/m)
})

test('a message stands in the page with its sender and who reacts, and a reaction to nothing is seen', () => {
  const sent = [{ type: 'order.paid', sender: 'booking', description: 'Money arrived.' }]
  const page = messagesPage(sent, { 'order.paid': ['admission'] })
  assert.match(page, /^\| `order\.paid` \| booking \| admission \| Money arrived\. \|$/m)
  assert.throws(() => messagesPage(sent, { 'order.payed': ['admission'] }), /order\.payed/)
  assert.throws(() => messagesPage([{ ...sent[0]!, description: '' }], {}), /no description/)
})

test('a metric that the page does not know, or knows otherwise, is seen', () => {
  const page = 'a\n<!-- metrics: made of the code -->\nold\n<!-- end of metrics -->\nb'
  const metric = { name: 'karcis_x', type: 'gauge', labels: ['state'], help: 'How many.' }
  const made = withMetrics(page, [metric])
  assert.match(made, /^a\n[^]*\| `karcis_x` \| gauge \| `state` \| How many\. \|[^]*b$/)
  assert.doesNotMatch(made, /old/)
  assert.equal(withMetrics(made, [metric]), made)
  assert.throws(() => withMetrics('nothing'), /no place/)
})
