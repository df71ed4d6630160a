import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { orderSnapshot } from '../support/order-snapshot.ts'
import { isOutage } from '../../src/platform/postgres.ts'
import { selfSigned, startSmtpServer, type SmtpTestServer } from '../support/smtp-server.ts'
import type { Envelope } from '../../src/kernel/message.ts'
import { postgresMails } from '../../src/modules/notification/adapters/mails.ts'
import { smtpTransport } from '../../src/modules/notification/adapters/smtp-transport.ts'
import type { Mail } from '../../src/modules/notification/domain/mail.ts'
import type { Claim, NotificationPorts } from '../../src/modules/notification/ports.ts'
import type { OrderSnapshot } from '../../src/modules/booking/contract.ts'
import {
  notificationModule,
  type NotificationModule,
} from '../../src/modules/notification/index.ts'

const account = { user: 'karcis', password: 'geheim' }
const pdf = Buffer.from('%PDF-1.3 the e-ticket')

let database: TestDatabase
let server: SmtpTestServer
let notification: NotificationModule
const now = new Date('2026-11-20T10:00:00Z')

before(async () => {
  database = await createTestDatabase()
  server = await startSmtpServer(account)
  notification = moduleFor(account)
})
beforeEach(() => {
  server.received.length = 0
  server.behaviour = 'accept'
})
after(async () => {
  notification.close()
  await server.stop()
  await database[Symbol.asyncDispose]()
})

const moduleFor = (
  credentials: typeof account,
  at: { host: string; port: number } = { host: '127.0.0.1', port: server.port },
): NotificationModule =>
  notificationModule({
    pool: database.pool,
    mailRetentionDays: 90,
    smtp: {
      ...at,
      credentials,
      from: 'Karcis <tiket@karcis.example>',
    },
    admission: { eTicketPdf: async () => pdf },
    identity: { findUser: async () => undefined },
    orderUrl: (orderId) => `https://karcis.example/orders/${orderId}`,
    operatorAddress: 'operator@karcis.example',
    clock: () => now,
  })

let position = 0
function message(type: string, order: OrderSnapshot): Envelope {
  position += 1
  return {
    specversion: '1.0',
    id: `booking-${position}`,
    source: 'booking',
    type,
    subject: order.orderId,
    time: '2026-11-20T10:00:00.000Z',
    datacontenttype: 'application/json',
    data: { order },
  }
}

async function deliver(envelope: Envelope, module = notification): Promise<void> {
  const handle = module.handlers[envelope.type]
  assert(handle)
  await handle(envelope)
}

const statusesOf = async (order: OrderSnapshot) =>
  (await notification.api.mailsAbout(order.orderId)).map((mail) => mail.status)

describe('a mail handed to a mail server', () => {
  test('arrives with its e-ticket, under an id of its own', async () => {
    const order = orderSnapshot()
    await deliver(message('ticket.issued', order))
    const [mail] = server.received
    const [kept] = await notification.api.mailsAbout(order.orderId)
    assert(mail)
    assert.deepEqual(mail.to, ['siti@example.org'])
    assert.equal(mail.from, 'tiket@karcis.example')
    assert.match(mail.data, /^From: Karcis <tiket@karcis\.example>\r$/m)
    assert.match(mail.data, /^To: siti@example\.org\r$/m)
    assert.match(mail.data, new RegExp(`^Message-ID: <${kept?.mailId}@karcis\\.example>\\r$`, 'm'))
    assert.match(mail.data, /^Auto-Submitted: auto-generated\r$/m)
    assert.match(mail.data, /filename=e-ticket\.pdf/)
    assert(mail.data.includes(pdf.toString('base64')))
    assert.equal(kept?.status, 'sent')
  })

  test('is one mail, however often its message is delivered', async () => {
    const envelope = message('order.refunded', orderSnapshot())
    await deliver(envelope)
    await deliver(envelope)
    assert.equal(server.received.length, 1)
  })

  test('is handed over by one of several who try at once', async () => {
    const envelope = message('order.expired', orderSnapshot())
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => deliver(envelope)))
    assert.equal(server.received.length, 1)
    assert(tries.some(({ status }) => status === 'fulfilled'))
  })

  test('cannot be given another header or receiver by what a buyer typed', async () => {
    const evil = 'Siti\r\nBcc: everyone@example.org\r\n\r\n.\r\nMAIL FROM:<x@example.org>'
    const plain = orderSnapshot({ eventTitle: evil, eventLocation: evil })
    await deliver(message('order.expired', { ...plain, buyer: { ...plain.buyer, name: evil } }))
    assert.equal(server.received.length, 1)
    assert.deepEqual(server.received[0]?.to, ['siti@example.org'])
    assert.doesNotMatch(server.received[0]?.data ?? '', /^Bcc:/m)

    const order = { ...plain, buyer: { ...plain.buyer, email: 'a@example.org, b@example.org' } }
    await deliver(message('order.refunded', order))
    assert.equal(server.received.length, 1)
  })

  test('about a refund that is due goes to the operator as well', async () => {
    await deliver(message('order.refund-due', orderSnapshot()))
    assert.deepEqual(server.received.map((mail) => mail.to[0]).sort(), [
      'operator@karcis.example',
      'siti@example.org',
    ])
  })

  test('about money in another amount goes to the buyer and to the operator', async () => {
    await deliver(message('order.payment-mismatch', orderSnapshot()))
    assert.deepEqual(server.received.map((mail) => mail.to[0]).sort(), [
      'operator@karcis.example',
      'siti@example.org',
    ])
  })

  test('about one payment is one mail to the buyer, and one to the operator each time it fails', async () => {
    const order = orderSnapshot()
    const failed = (paymentId: string) => {
      const envelope = message('order.refund-due', order)
      const payment = { paymentId, amount: 100_000, currency: 'IDR' }
      return { ...envelope, data: { order, payment } }
    }
    for (const paymentId of ['A', 'A', 'B']) await deliver(failed(paymentId))
    const to = server.received.map((mail) => mail.to[0])
    assert.equal(to.filter((address) => address === 'siti@example.org').length, 2)
    assert.equal(to.filter((address) => address === 'operator@karcis.example').length, 3)
  })

  test('is not announced by order.paid: the e-ticket is', () => {
    assert.equal(notification.handlers['order.paid'], undefined)
  })
})

const certificate = selfSigned()
describe(
  'a mail server with STARTTLS and a certificate of its own',
  { skip: !certificate && 'there is no openssl to make one' },
  () => {
    let secure: SmtpTestServer
    before(async () => {
      secure = await startSmtpServer({ ...account, ...(certificate && { certificate }) })
    })
    after(() => secure.stop())

    test('on this machine gets the mail, and the password, encrypted', async () => {
      for (const host of ['127.0.0.1', 'localhost']) {
        const module = moduleFor(account, { host, port: secure.port })
        await deliver(message('order.refunded', orderSnapshot()), module)
        module.close()
      }
      assert.deepEqual(
        secure.received.map((mail) => mail.secured),
        [true, true],
      )
    })

    test('under a name that may be another machine gets nothing', async () => {
      // Not spelt as the loopback is known, so taken for any other name.
      const module = moduleFor(account, { host: 'LOCALHOST', port: secure.port })
      const order = orderSnapshot()
      await assert.rejects(deliver(message('order.refunded', order), module), /certificate/)
      module.close()
      assert.deepEqual(await statusesOf(order), ['failed'])
      assert.equal(secure.received.length, 2)
    })
  },
)

describe('a mail server that fails', () => {
  test('only delays a mail: it arrives, once, when the server is back', async () => {
    const order = orderSnapshot()
    const envelope = message('order.cancelled', order)
    const { port } = server
    await server.stop()
    await assert.rejects(deliver(envelope))
    assert.deepEqual(await statusesOf(order), ['failed'])

    server = await startSmtpServer(account, port)
    await deliver(envelope)
    await deliver(envelope)
    assert.equal(server.received.length, 1)
    assert.deepEqual(await statusesOf(order), ['sent'])
  })

  test('by hanging up gets the mail again, and can tell by its Message-ID', async () => {
    const envelope = message('order.cancelled', orderSnapshot())
    server.behaviour = 'hang-up'
    // An outage of our own would be waited for without end.
    await assert.rejects(deliver(envelope), (error) => !isOutage(error))
    server.behaviour = 'accept'
    await deliver(envelope)
    const ids = server.received.map((mail) => /^Message-ID: (.+)\r$/m.exec(mail.data)?.[1])
    assert.equal(ids.length, 2)
    assert.equal(ids[0], ids[1])
    assert.notEqual(ids[0], undefined)
  })

  test('by refusing the password leaves the mail to be tried again', async () => {
    const order = orderSnapshot()
    const wrong = moduleFor({ ...account, password: 'wrong' })
    await assert.rejects(deliver(message('order.cancelled', order), wrong), /535/)
    wrong.close()
    assert.deepEqual(await statusesOf(order), ['failed'])
    assert.equal(server.received.length, 0)
  })
})

test('a mail whose process died while handing it over is taken up soon, not at once', async () => {
  const order = orderSnapshot()
  const envelope = message('order.expired', order)
  await deliver(envelope)
  const leftClaimed = (seconds: number) =>
    database.pool.query(
      `update notification.mails set status = 'waiting', handed_over_at = null,
         claimed_until = now() + make_interval(secs => $2) where order_id = $1`,
      [order.orderId, seconds],
    )
  await leftClaimed(20)
  await assert.rejects(deliver(envelope), /elsewhere/)
  assert.equal(server.received.length, 1)
  await leftClaimed(0)
  await deliver(envelope)
  assert.equal(server.received.length, 2)
  assert.deepEqual(await statusesOf(order), ['sent'])

  // Dead again: whether it came a second time is not known, a third time it must not come.
  await leftClaimed(0)
  await deliver(envelope)
  assert.equal(server.received.length, 2)
  assert.deepEqual(await statusesOf(order), ['doubtful'])
})

test('nothing of a mail counts before its last line, which waits until it is on record', async () => {
  const { port } = server
  const from = 'tiket@karcis.example'
  const smtp = smtpTransport({ host: '127.0.0.1', port, credentials: account, from })
  const refuse = async () => {
    await sleep(100)
    assert.equal(server.received.length, 0)
    throw new Error('not on record')
  }
  await assert.rejects(smtp.send(mailToClaim(), [], refuse), /not on record/)
  assert.equal(server.received.length, 0)
  await smtp.send(mailToClaim(), [], async () => {})
  assert.equal(server.received.length, 1)
  smtp.close()
})

test('a mail is left to a process that takes its time, for as long as that lives', async () => {
  const [mine, others] = [postgresMails(database.pool, 400), postgresMails(database.pool, 400)]
  const mail = mailToClaim()
  const claim = await claimed(mine, mail)
  await sleep(700)
  await assert.rejects(others.claim(mail), isOutage)
  await claim.settle({ status: 'sent', at: now })
  assert.equal(await others.claim(mail), 'done')
})

test('a claim that was lost begins nothing and decides nothing, except that the mail was sent', async () => {
  const mails = postgresMails(database.pool)
  const mail = mailToClaim()
  const lost = await claimed(mails, mail)
  await lost.begin()
  await database.pool.query('update notification.mails set claimed_until = now() where id = $1', [
    mail.id,
  ])
  const own = await claimed(mails, mail)
  assert.equal(own.begun, 1)
  await assert.rejects(lost.begin(), /claimed by another/)
  await lost.settle({ status: 'failed', at: now, error: 'late' })
  await assert.rejects(mails.claim(mail), isOutage)
  await lost.settle({ status: 'sent', at: now })
  await assert.rejects(own.begin(), /claimed by another/)
  assert.equal(await mails.claim(mail), 'done')
})

test('that a mail was sent is written as soon as the database is back', async () => {
  let isAway = false
  const query = async (...args: [string, unknown[]]) => {
    if (isAway) throw new Error('terminating connection')
    return database.pool.query(...args)
  }
  const mails = postgresMails({ query } as unknown as pg.Pool)
  const mail = mailToClaim()
  const claim = await claimed(mails, mail)
  isAway = true
  const settling = claim.settle({ status: 'sent', at: now })
  await sleep(300)
  isAway = false
  await settling
  assert.equal(await mails.claim(mail), 'done')
})

const mailToClaim = (): Mail => ({
  id: randomUUID(),
  orderId: randomUUID(),
  to: 'siti@example.org',
  subject: 'E-tiket Anda',
  text: 'Tiket Anda terlampir.',
  html: '',
  locale: 'id',
  hasETicket: true,
  createdAt: now,
})

async function claimed(mails: NotificationPorts['mails'], mail: Mail): Promise<Claim> {
  const claim = await mails.claim(mail)
  assert(typeof claim === 'object')
  return claim
}
