import assert from 'node:assert'
import { test } from 'node:test'
import { orderSnapshot } from '../../../../tests/support/order-snapshot.ts'
import { derivedId } from '../../../platform/ids.ts'
import type { Mail } from '../domain/mail.ts'
import type { Attachment, NotificationPorts } from '../ports.ts'
import { sendMail, type SendMail } from './send-mail.ts'

const pdf = new Uint8Array([37, 80, 68, 70])

function subject(change: Partial<NotificationPorts> = {}, begun = 0) {
  const outcomes: { status: string; error?: string }[] = []
  const sent: { mail: Mail; attachments: Attachment[] }[] = []
  const done = new Set<string>()
  const ports: NotificationPorts = {
    mails: {
      async claim(mail) {
        if (done.has(mail.id)) return 'done'
        return {
          begun,
          begin: async () => {},
          async settle({ status, error }) {
            if (status !== 'failed') done.add(mail.id)
            outcomes.push(error === undefined ? { status } : { status, error })
          },
        }
      },
    },
    transport: { send: async (mail, attachments) => void sent.push({ mail, attachments }) },
    admission: { eTicketPdf: async () => pdf },
    identity: { findUser: async () => undefined },
    orderUrl: (orderId) => `https://karcis.example/orders/${orderId}`,
    operatorAddress: null,
    derivedId,
    clock: () => new Date('2026-11-20T10:00:00Z'),
    ...change,
  }
  return { ports, outcomes, sent }
}

const order = orderSnapshot()
const command: SendMail = {
  cause: { source: 'admission', id: 'admission-1' },
  purpose: 'e-ticket',
  order,
  to: 'siti@example.org',
}

test('a message that comes twice is one mail', async () => {
  const { ports, sent } = subject()
  await sendMail(ports, command)
  await sendMail(ports, command)
  assert.equal(sent.length, 1)
  assert.equal(sent[0]?.mail.subject, 'E-tiket Anda: Senandung Jakarta')
  assert.deepEqual(sent[0]?.attachments, [
    { fileName: 'e-ticket.pdf', contentType: 'application/pdf', content: pdf },
  ])
})

test('two messages, and two purposes of one message, are different mails', async () => {
  const { ports, sent } = subject()
  await sendMail(ports, command)
  await sendMail(ports, { ...command, purpose: 'refund-due' })
  await sendMail(ports, { ...command, cause: { source: 'admission', id: 'admission-2' } })
  assert.equal(new Set(sent.map(({ mail }) => mail.id)).size, 3)
  assert.deepEqual(
    sent.map(({ attachments }) => attachments.length),
    [1, 0, 1],
  )
})

test('a captured mail is not handed over, and its e-ticket not made', async () => {
  const eTicketPdf = () => assert.fail('nobody asked to see it')
  const { ports, outcomes } = subject({ transport: null, admission: { eTicketPdf } })
  await sendMail(ports, command)
  assert.deepEqual(outcomes, [{ status: 'captured' }])
})

test('a mail that could not be handed over is marked and tried again', async () => {
  let down = true
  const transport = {
    async send() {
      if (down) throw new Error('connection refused')
    },
  }
  const { ports, outcomes } = subject({ transport })
  await assert.rejects(sendMail(ports, command), /connection refused/)
  down = false
  await sendMail(ports, command)
  assert.deepEqual(outcomes, [
    { status: 'failed', error: 'Error: connection refused' },
    { status: 'sent' },
  ])
})

test('a mail is handed over once more after a crash meanwhile, and not after a second', async () => {
  const once = subject({}, 1)
  await sendMail(once.ports, command)
  assert.equal(once.sent.length, 1)
  const twice = subject({}, 2)
  await sendMail(twice.ports, command)
  assert.equal(twice.sent.length, 0)
  assert.deepEqual(twice.outcomes, [
    { status: 'doubtful', error: 'its process died twice meanwhile' },
  ])
})

test('nothing is sent to what is not an address', async () => {
  const { ports, outcomes, sent } = subject()
  await sendMail(ports, { ...command, to: 'a@b\r\nRCPT TO:<c@d>' })
  assert.deepEqual(outcomes, [{ status: 'failed', error: 'not an e-mail address' }])
  assert.equal(sent.length, 0)
})

test('an e-ticket that was revoked before it was sent is not announced', async () => {
  const { ports, outcomes, sent } = subject({ admission: { eTicketPdf: async () => undefined } })
  await sendMail(ports, command)
  assert.deepEqual(outcomes, [{ status: 'failed', error: 'its tickets were revoked' }])
  assert.equal(sent.length, 0)
})
