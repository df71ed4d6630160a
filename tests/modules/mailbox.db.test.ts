import assert from 'node:assert'
import { after, before, test } from 'node:test'
import { pino } from 'pino'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { orderSnapshot } from '../support/order-snapshot.ts'
import type { Envelope } from '../../src/kernel/message.ts'
import { toPublicId } from '../../src/kernel/id.ts'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { newId } from '../../src/platform/ids.ts'
import type { Http } from '../../src/platform/module.ts'
import type { OrderSnapshot } from '../../src/modules/booking/contract.ts'
import {
  notificationModule,
  type NotificationOptions,
} from '../../src/modules/notification/index.ts'

let database: TestDatabase
let http: Http
const revoked = new Set<string>()
let now = Date.now()

const options = (smtp: NotificationOptions['smtp']): NotificationOptions => ({
  pool: database.pool,
  smtp,
  mailRetentionDays: 90,
  admission: {
    eTicketPdf: async (orderId) => (revoked.has(orderId) ? undefined : Buffer.from('%PDF-')),
  },
  identity: { findUser: async () => undefined },
  orderUrl: (orderId) => `http://127.0.0.1:3000/orders/${orderId}`,
  operatorAddress: null,
  clock: () => new Date((now += 1)),
})

const server = () =>
  createHttpServer({
    logger: pino({ level: 'silent' }),
    version: 'test',
    authenticate: async () => undefined,
  })

async function capture(type: string, order: OrderSnapshot): Promise<void> {
  const envelope = { source: 'booking', id: newId(), type, data: { order } } as unknown as Envelope
  await notificationModule(options(null)).handlers[type]?.(envelope)
}

const hostile = '"><script>alert(1)</script>'
const order = orderSnapshot()
const evil = orderSnapshot({
  eventTitle: hostile,
  buyer: { ...order.buyer, name: hostile, email: "o'hara@example.org", locale: 'en' },
})

type MailJson = {
  id: string
  orderId: string
  to: string
  subject: string
  text: string
  status: string
  attachments: { fileName: string; contentType: string; href: string }[]
}
const mailsTo = async (to?: string): Promise<MailJson[]> =>
  (await http.inject({ url: '/dev/mail.json', ...(to && { query: { to } }) })).json().mails

before(async () => {
  database = await createTestDatabase()
  http = await server()
  notificationModule(options(null)).mailboxRoutes(http)
  await capture('order.refunding', order)
  await capture('ticket.issued', order)
  await capture('order.expired', evil)
})
after(async () => {
  await http.close()
  await database[Symbol.asyncDispose]()
})

test('captured mails are listed, newest first, and by their receiver', async () => {
  assert.deepEqual(
    (await mailsTo()).map((mail) => mail.to),
    ["o'hara@example.org", 'siti@example.org', 'siti@example.org'],
  )
  const [latest, earlier] = await mailsTo('SITI@example.org')
  assert.match(latest?.subject ?? '', /^E-tiket/)
  assert.equal(latest?.orderId, toPublicId('order', order.orderId))
  assert.equal(latest?.status, 'captured')
  assert.deepEqual(earlier?.attachments, [])
  assert.deepEqual(await mailsTo('nobody@example.org'), [])

  const page = await http.inject({ url: '/dev/mail', query: { to: 'siti@example.org' } })
  assert.match(page.body, /E-tiket Anda/)
  assert.doesNotMatch(page.body, /hara/)
})

test('the e-ticket of a captured mail can be opened until it is revoked', async () => {
  const [mail] = await mailsTo('siti@example.org')
  const href = mail?.attachments[0]?.href ?? ''
  const pdf = await http.inject(href)
  assert.equal(pdf.headers['content-type'], 'application/pdf')
  assert.equal(pdf.body, '%PDF-')
  revoked.add(order.orderId)
  assert.equal((await http.inject(href)).json().code, 'attachment-not-found')
})

test('what a buyer typed runs on no page of the mailbox', async () => {
  const [mail] = await mailsTo("o'hara@example.org")
  for (const url of ['/dev/mail', `/dev/mail/${mail?.id}`, `/dev/mail?to=${hostile}`]) {
    const page = await http.inject(encodeURI(url))
    assert.equal(page.statusCode, 200)
    assert.match(page.headers['content-type'] ?? '', /^text\/html/)
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/)
    assert.doesNotMatch(page.body, /<script/)
  }
  const page = await http.inject(`/dev/mail/${mail?.id}`)
  assert.match(page.body, /<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"/)
  assert.match(page.body, /srcdoc="&#60;!doctype html&#62;[^<>"]+"><\/iframe>/)
})

test('a mail that does not exist is not found, and a malformed id is refused', async () => {
  const unknown = await http.inject(`/dev/mail/${toPublicId('mail', newId())}`)
  assert.equal(unknown.json().code, 'mail-not-found')
  assert.equal((await http.inject('/dev/mail/1')).statusCode, 400)
})

test('there is no mailbox when mails are really sent', async () => {
  const sending = await server()
  const smtp = { host: '127.0.0.1', port: 1, credentials: null, from: 'a@b' }
  const notification = notificationModule(options(smtp))
  notification.mailboxRoutes(sending)
  assert.equal((await sending.inject('/dev/mail')).statusCode, 404)
  notification.close()
  await sending.close()
})

test('a mail is forgotten in time', async () => {
  const old = orderSnapshot({ buyer: { ...order.buyer, email: 'old@example.org' } })
  const recent = orderSnapshot({ buyer: { ...order.buyer, email: 'recent@example.org' } })
  for (const one of [old, recent]) await capture('order.expired', one)
  await database.pool.query(
    `update notification.mails set created_at = created_at - interval '91 days' where order_id = $1`,
    [old.orderId],
  )
  for (const { run } of notificationModule(options(null)).tasks) {
    await run(new AbortController().signal)
  }
  assert.deepEqual(await mailsTo('old@example.org'), [])
  assert.equal((await mailsTo('recent@example.org')).length, 1)
})
