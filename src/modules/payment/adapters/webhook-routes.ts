import type { Http } from '../../../platform/module.ts'
import { Type } from 'typebox'
import { only, refuse } from '../../../platform/problems.ts'
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

const notAuthentic = only(paymentProblems, 'webhook-not-authentic')

function receiving(
  http: Http,
  ports: PaymentPorts,
  { gateway, processSoon }: { gateway: string; processSoon: (id: string) => void },
): void {
  http.post(
    `/webhooks/${gateway}`,
    {
      config: { access: 'own-credentials', problems: notAuthentic },
      schema: {
        operationId: `receive${gateway.charAt(0).toUpperCase()}${gateway.slice(1)}Webhook`,
        tags: ['payment'],
        summary: `Where ${gateway} reports payments and refunds`,
        response: { 200: Type.Object({ received: Type.Literal(true) }) },
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const kept = await receiveWebhook(ports, { gateway, body, headers: request.headers })
      if (!kept.ok) return refuse(reply, notAuthentic, kept.error)
      reply.code(200).send({ received: true as const })
      if (kept.value !== undefined) processSoon(kept.value)
      return reply
    },
  )
}

/** Each asks the gateway, which allows only so much; what comes faster waits for the task. */
const processedAtOnceMax = 10

/** Spares the buyer the wait for the task. */
function promptly(ports: PaymentPorts): (id: string) => void {
  let underWay = 0
  return (id) => {
    if (underWay >= processedAtOnceMax) return
    underWay++
    processWebhooks(ports, { id })
      .catch((error: Error) =>
        ports.log.warn({ err: error, webhookId: id }, 'webhook left to the next run'),
      )
      .finally(() => underWay--)
  }
}
