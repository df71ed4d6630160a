import type pg from 'pg'
import type { Http } from '../../../../platform/module.ts'
import { qrString } from '../../domain/qr-string.ts'
import type { SandboxPorts } from '../../ports.ts'
import { serveOperations, type Operation } from '../operations.ts'
import { chargeOperations } from './charge.ts'
import { keptAnswers } from './kept-answers.ts'
import { midtransManners, refuse, snapManners } from './manners.ts'
import { snapOperations } from './snap.ts'
import { transactionOperations } from './transactions.ts'

/** Midtrans' Core API and Snap, answered from our own tables. */
export function midtransApi(
  http: Http,
  ports: SandboxPorts,
  { serverKey, pool }: { serverKey: string; pool: pg.Pool },
): void {
  const kept = keptAnswers(pool)
  http.register(async (scope) => {
    const manners = midtransManners(serverKey, ports, kept)
    serveOperations(scope as Http, ports, coreOperations(ports), manners)
  })
  http.register(async (scope) => {
    const manners = snapManners(serverKey, ports, kept)
    serveOperations(scope as Http, ports, snapOperations(ports), manners)
  })
  qrCodes(http, ports)
}

const coreOperations = (ports: SandboxPorts): Operation[] => [
  ...chargeOperations(ports),
  ...transactionOperations(ports),
]

export const midtransOperations = (ports: SandboxPorts): Operation[] => [
  ...coreOperations(ports),
  ...snapOperations(ports),
]

/** The picture a payer scans; whoever has its address may see it. */
function qrCodes(http: Http, ports: SandboxPorts): void {
  const config = { access: 'own-credentials' } as const
  for (const channel of ['gopay', 'qris']) {
    http.get(
      `/v2/${channel}/:id/qr-code`,
      { config, schema: { hide: true } },
      async (request, reply) => {
        const payment = await ports.payments.find((request.params as { id: string }).id)
        if (payment?.channel !== channel || payment.gateway !== 'midtrans') {
          const { body } = refuse(404, "Transaction doesn't exist.", ports.newId())
          return reply.code(404).send(body)
        }
        const { default: qrcode } = await import('qrcode')
        return reply.type('image/png').send(await qrcode.toBuffer(qrString(payment.id)))
      },
    )
  }
}
