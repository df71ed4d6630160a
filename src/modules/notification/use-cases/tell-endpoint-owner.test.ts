import assert from 'node:assert'
import { test } from 'node:test'
import { derivedId } from '../../../platform/ids.ts'
import type { Mail } from '../domain/mail.ts'
import type { NotificationPorts } from '../ports.ts'
import { tellEndpointOwner } from './tell-endpoint-owner.ts'

const endpoint = {
  endpointId: '0197a1c2-0000-7000-8000-000000000001',
  ownerId: 'u1',
  url: 'https://shop.example/hooks\r\nBcc: everybody',
  reason: 'failing' as const,
}
const cause = { source: 'integration', id: 'integration-1' }

function subject() {
  const sent: Mail[] = []
  const owner = { userId: 'u1', name: 'Ayu', email: 'ayu@example.org', roles: [] }
  const ports: NotificationPorts = {
    mails: {
      claim: async ({ id }) =>
        sent.some((mail) => mail.id === id)
          ? 'done'
          : { begun: 0, begin: async () => {}, settle: async () => {} },
    },
    transport: { send: async (mail) => void sent.push(mail) },
    admission: { eTicketPdf: () => assert.fail('it is about no order') },
    identity: { findUser: async (userId) => (userId === 'u1' ? owner : undefined) },
    orderUrl: () => assert.fail('it is about no order'),
    operatorAddress: null,
    derivedId,
    clock: () => new Date('2026-11-20T10:00:00Z'),
  }
  return { ports, sent }
}

test('the owner of a disabled endpoint is told once per message', async () => {
  const { ports, sent } = subject()
  await tellEndpointOwner(ports, { cause, endpoint })
  await tellEndpointOwner(ports, { cause, endpoint })
  const [mail, ...more] = sent
  assert.equal(more.length, 0)
  assert.equal(mail?.to, 'ayu@example.org')
  assert.match(
    mail?.text ?? '',
    /Halo Ayu,.*lima hari.*https:\/\/shop\.example\/hooks Bcc: everybody\n/s,
  )
  assert.match(mail?.html ?? '', /endpoint-0197a1c2/)
})

test('nobody is told when the owner is gone', async () => {
  const { ports, sent } = subject()
  await tellEndpointOwner(ports, { cause, endpoint: { ...endpoint, ownerId: 'u2' } })
  assert.deepEqual(sent, [])
})
