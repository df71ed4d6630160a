import type { Http } from '../../../platform/module.ts'
import { refuse } from '../../../platform/problems.ts'
import type { PaymentPorts } from '../ports.ts'
import { processWebhooks } from '../use-cases/process-webhooks.ts'
import { receiveWebhook } from '../use-cases/receive-webhook.ts'
import { paymentProblems } from './problems.ts'

/**
 * Where gateways report. The body is taken as the bytes it is, whatever its content type claims,
 * and the answer is given as soon as it is kept: a gateway that waits too long gives up for good.
 */
export function webhookRoutes(http: Http, ports: PaymentPorts): void {
  http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    const processSoon = promptly(ports)
    for (const gateway of Object.keys(ports.gateways)) {
      receiving(scope as Http, ports, { gateway, processSoon })
    }
  })
}

function receiving(
  http: Http,
  ports: PaymentPorts,
  { gateway, processSoon }: { gateway: string; processSoon: (id: string) => void },
): void {
  http.post(
    `/webhooks/${gateway}`,
    {
      config: { access: 'own-credentials' },
      schema: {
        operationId: `receive${gateway.charAt(0).toUpperCase()}${gateway.slice(1)}Webhook`,
        tags: ['payment'],
        summary: `Where ${gateway} reports payments and refunds`,
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const kept = await receiveWebhook(ports, { gateway, body, headers: request.headers })
      if (!kept.ok) return refuse(reply, paymentProblems, kept.error)
      reply.code(200).send({ received: true })
      if (kept.value !== undefined) processSoon(kept.value)
      return reply
    },
  )
}

/** Each asks the gateway, which allows only so much. */
const processedAtOnceMax = 10

/** Spares the buyer the wait for the task. What comes faster is taken up as soon as others are done. */
export function promptly(ports: PaymentPorts): (id: string) => void {
  let underWay = 0
  /** Webhooks that came while so many were under way. */
  let left = 0
  async function processAndGoOn(id: string): Promise<void> {
    await processWebhooks(ports, { id })
    for (; left > 0; await processWebhooks(ports, { countMax: 1 })) left--
  }
  return (id) => {
    if (underWay >= processedAtOnceMax) {
      left++
      return
    }
    underWay++
    processAndGoOn(id)
      .catch((error: Error) =>
        ports.log.warn({ err: error, webhookId: id }, 'webhook left to the next run'),
      )
      .finally(() => underWay--)
  }
}
