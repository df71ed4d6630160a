import { Type } from 'typebox'
import { fromPublicId, toPublicId } from '../../../kernel/id.ts'
import { fromCursor, toCursor } from '../../../platform/cursor.ts'
import type { Http } from '../../../platform/module.ts'
import { platformProblems, refuse } from '../../../platform/problems.ts'
import { nullable } from '../../../platform/schemas.ts'
import type { AuditLog, IdentityPorts } from '../ports.ts'
import { userId } from './schemas.ts'

const instant = Type.Optional(Type.String({ format: 'date-time', maxLength: 40 }))

const query = Type.Object({
  userId: Type.Optional(userId),
  operation: Type.Optional(Type.String({ maxLength: 100 })),
  target: Type.Optional(
    Type.String({ maxLength: 60, description: 'An id as it stands in addresses: `event-…`.' }),
  ),
  from: instant,
  until: instant,
  cursor: Type.Optional(Type.String({ maxLength: 100 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
})

const actionReply = Type.Object({
  at: Type.String(),
  userId,
  credential: Type.Enum(['session', 'api-key']),
  operation: Type.String(),
  targets: Type.Array(Type.String()),
  detail: Type.Record(Type.String(), Type.Unknown()),
  status: Type.Integer(),
  requestId: Type.String(),
  address: Type.String(),
})

export function auditRoutes(http: Http, { auditLog }: Pick<IdentityPorts, 'auditLog'>): void {
  http.get(
    '/audit',
    {
      config: { access: ['admin'], scope: 'audit:read' },
      schema: {
        operationId: 'listAudit',
        summary: 'What staff, organisers and administrators did or tried to do, newest first.',
        tags: ['identity'],
        querystring: query,
        response: {
          200: Type.Object({
            actions: Type.Array(actionReply),
            nextCursor: nullable(Type.String()),
          }),
        },
      },
    },
    async (request, reply) => {
      const { limit = 50 } = request.query
      const page = pageOf(request.query)
      if (!page) return refuse(reply, platformProblems, { kind: 'invalid-request' })
      const found = await auditLog.page({ ...page, limit: limit + 1 })
      const last = found.length > limit ? found[limit - 1] : undefined
      return {
        actions: found.slice(0, limit).map((action) => ({
          ...action,
          userId: toPublicId('user', action.userId),
        })),
        nextCursor: last ? toCursor([last.position]) : null,
      }
    },
  )
}

type Query = {
  [Name in 'userId' | 'operation' | 'target' | 'from' | 'until' | 'cursor']?: string
}

/** Undefined when the cursor or an instant is none. */
function pageOf(asked: Query): Omit<Parameters<AuditLog['page']>[0], 'limit'> | undefined {
  const user = asked.userId === undefined ? undefined : fromPublicId('user', asked.userId)
  const [position] = asked.cursor === undefined ? [] : (fromCursor(asked.cursor) ?? ['none'])
  const instants = [asked.from, asked.until].map((text) => (text ? new Date(text) : null))
  if (position !== undefined && !/^\d{1,15}$/.test(position)) return undefined
  if (instants.some((one) => one && Number.isNaN(one.getTime()))) return undefined
  const [from = null, until = null] = instants
  return {
    userId: user?.ok ? user.value : null,
    operation: asked.operation ?? null,
    target: asked.target ?? null,
    from,
    until,
    before: position === undefined ? null : Number(position),
  }
}
