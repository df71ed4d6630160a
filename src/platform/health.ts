import { Type } from 'typebox'
import type pg from 'pg'
import type { Http } from './module.ts'
import { platformProblems, refuse } from './problems.ts'

/** `/livez`: the process answers. `/readyz`: it can also serve, because its database answers. */
export function serveHealth(http: Http, pool: pg.Pool): void {
  const common = {
    tags: ['health'],
    response: { 200: Type.Object({ status: Type.Literal('ok') }) },
  }
  http.get(
    '/livez',
    { schema: { ...common, operationId: 'live', summary: 'The process answers' } },
    () => ({ status: 'ok' as const }),
  )
  http.get(
    '/readyz',
    { schema: { ...common, operationId: 'ready', summary: 'The process can serve' } },
    async (_request, reply) => {
      const answered = await pool.query('select 1').catch(() => undefined)
      if (answered) return { status: 'ok' as const }
      reply.header('retry-after', '2')
      return refuse(reply, platformProblems, { kind: 'unavailable' })
    },
  )
}
