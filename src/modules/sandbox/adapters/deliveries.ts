import type pg from 'pg'
import type { Delivery } from '../domain/delivery.ts'
import type { SandboxPorts } from '../ports.ts'

export function deliveries(pool: pg.Pool): SandboxPorts['deliveries'] {
  return {
    async claim(at, until, countMax) {
      const { rows } = await pool.query<Delivery>(
        `update sandbox.deliveries set due_at = $2, attempts = attempts + 1 where id in (
           select id from sandbox.deliveries where status = 'pending' and due_at <= $1
           order by due_at limit $3 for update skip locked
         ) returning id, payload, attempts`,
        [at, until, countMax],
      )
      return rows
    },

    async conclude({ id }, { status, dueAt, outcome }, at) {
      await pool.query(
        `update sandbox.deliveries set status = $2, due_at = $3, log = log || $4::jsonb
         where id = $1`,
        [id, status, dueAt, JSON.stringify([{ at: at.toISOString(), outcome }])],
      )
    },
  }
}

const answerMillisMax = 30_000

/** Sends webhooks as Xendit does: no redirect is followed, the answer's body does not matter. */
export function webhookSender(webhookUrl: string, callbackToken: string): SandboxPorts['send'] {
  return async ({ id, payload }) => {
    try {
      const response = await fetch(webhookUrl, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.timeout(answerMillisMax),
        headers: {
          'content-type': 'application/json',
          'x-callback-token': callbackToken,
          'webhook-id': id,
        },
        body: JSON.stringify(payload),
      })
      await response.body?.cancel()
      return response.status
    } catch (error) {
      return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'no-connection'
    }
  }
}
