import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuditedAction } from '../kernel/audited-action.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Http } from './module.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Buyers call it for themselves, and are then not audited. Others always are. */
    forBuyers?: boolean
    /** Fields of the body that the audit keeps; never one about a person. */
    auditedFields?: readonly string[]
  }
}

/**
 * Has every changing request of a signed-in caller recorded before it is answered, whatever the
 * answer; only what buyers do for themselves is nobody's business. A new route is audited unless it
 * says otherwise. What cannot be recorded is logged: it was done already.
 */
export function auditActions(server: Http, record: (action: AuditedAction) => Promise<void>): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    const { principal, method } = request
    if (!principal || !isChanging(method) || !isAudited(request, principal)) return done()
    const action = actionOf(request, principal, reply, payload)
    record(action)
      .catch((err: unknown) => request.log.error({ err, action }, 'action not audited'))
      .finally(done)
  })
}

const isChanging = (method: string) => method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'

const isAudited = ({ routeOptions }: FastifyRequest, { roles }: Principal): boolean =>
  !routeOptions.config.forBuyers || roles.some((role) => role !== 'buyer')

function actionOf(
  request: FastifyRequest,
  { userId, scopes }: Principal,
  { statusCode: status }: FastifyReply,
  payload: unknown,
): AuditedAction {
  const { operationId } = request.routeOptions.schema ?? {}
  // What was refused may be anything, of any size.
  const { auditedFields = [] } = status < 400 ? request.routeOptions.config : {}
  const body = fieldsOf(request.body)
  const made = status === 201 && typeof payload === 'string' ? JSON.parse(payload) : undefined
  const ids = [fieldsOf(request.params), body, fieldsOf(made)].flatMap(idsIn)
  return {
    at: new Date().toISOString(),
    userId,
    credential: scopes ? 'api-key' : 'session',
    operation: operationId ?? `${request.method} ${request.routeOptions.url}`,
    targets: [...new Set(ids)].slice(0, targetsMax),
    detail: Object.fromEntries(
      auditedFields.flatMap((name) => (name in body ? [[name, body[name]]] : [])),
    ),
    status,
    requestId: request.id,
    address: request.ip,
  }
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const targetsMax = 20

const publicId = /^[a-z]+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const idsIn = (fields: Record<string, unknown>): string[] =>
  Object.values(fields).filter(
    (value) => typeof value === 'string' && publicId.test(value),
  ) as string[]
