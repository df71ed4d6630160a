import { err, ok } from '../../../kernel/result.ts'
import type { Http } from '../../../platform/module.ts'
import { Type } from 'typebox'
import { only, platformProblems, refuse } from '../../../platform/problems.ts'
import type { AcceptWebhook, PaymentPorts } from '../ports.ts'
import { processWebhooks } from '../use-cases/process-webhooks.ts'
import { receiveWebhook } from '../use-cases/receive-webhook.ts'
import { paymentProblems } from './problems.ts'

/**
 * Where gateways report. The body is taken as the bytes it is, whatever its content type claims,
 * and the answer is given as soon as it is kept: a gateway that waits too long gives up for good.
 */
export function webhookRoutes(http: Http, ports: PaymentPorts, acceptWebhook: AcceptWebhook): void {
  http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    for (const gateway of Object.keys(ports.gateways)) {
      receiving(scope as Http, gateway, acceptWebhook)
    }
  })
}

const notAuthentic = only(paymentProblems, 'webhook-not-authentic')

function receiving(http: Http, gateway: string, acceptWebhook: AcceptWebhook): void {
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
      const accepted = await acceptWebhook({ gateway, body, headers: request.headers })
      if (accepted.ok) return reply.code(200).send({ received: true as const })
      const { error } = accepted
      return error.kind === 'unavailable'
        ? refuse(reply, platformProblems, { kind: 'unavailable' })
        : refuse(reply, notAuthentic, { kind: error.kind })
    },
  )
}

/** Keeps a webhook, and acts on it soon: its sender is not kept waiting for that. */
export function webhookAcceptance(ports: PaymentPorts): AcceptWebhook {
  const processSoon = promptly(ports)
  return async (webhook) => {
    const kept = await receiveWebhook(ports, webhook).catch((error: Error) => {
      ports.log.warn({ err: error, gateway: webhook.gateway }, 'webhook not kept')
      return undefined
    })
    // Midtrans tries four times after 503, and once after 500.
    if (!kept) return err({ kind: 'unavailable' })
    if (!kept.ok) return kept
    if (kept.value !== undefined) processSoon(kept.value)
    return ok(undefined)
  }
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
