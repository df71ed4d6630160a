import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Http } from '../../../platform/module.ts'
import { isSameSecret } from '../../../platform/secrets.ts'
import type { Fault, FaultName } from '../domain/fault.ts'
import { fieldsOf } from '../domain/fields.ts'
import type { Json } from '../domain/payment.ts'
import type { SandboxPorts } from '../ports.ts'
import { deliverPayment } from '../use-cases/deliver-webhooks.ts'
import { payPayment } from '../use-cases/pay-payment.ts'

/** A call of the merchant, and which faults befall what it asks for. */
export type Call = {
  id: string
  body: unknown
  query: Json
  headers: FastifyRequest['headers']
  faults: readonly Fault[]
}
export type Answer = {
  status: number
  body: unknown
  headers?: Record<string, string>
  /** Of the payment that the call made. */
  madeId?: string
}

/** One endpoint of a gateway. `name` is what faults call it. */
export type Operation = {
  name: string
  method: 'GET' | 'POST'
  path: string
  /** The faults it knows beyond those that can befall any call. */
  faults?: readonly FaultName[]
  answer(call: Call): Promise<Answer>
}

/** How a gateway says no, and what it does around every call. */
export type Manners = {
  key: string
  unauthorised: Answer
  /** A body that is no JSON, for one. */
  malformed(status: number, message: string): Answer
  broken(status: number): Answer
  rateLimited: Answer
  around(path: string, call: Call, answer: () => Promise<Answer>): Promise<Answer>
}

const config = { access: 'own-credentials' } as const

export function serveOperations(
  http: Http,
  ports: SandboxPorts,
  operations: readonly Operation[],
  manners: Manners,
): void {
  const expected = `Basic ${Buffer.from(`${manners.key}:`).toString('base64')}`
  http.addHook('onRequest', async (request, reply) => {
    const given = request.headers.authorization ?? ''
    if (!isSameSecret(given, expected)) return send(reply, manners.unauthorised)
  })
  http.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status < 500) return send(reply, manners.malformed(status, error.message))
    if (status === 500) request.log.error({ err: error }, 'sandbox request failed')
    return send(reply, manners.broken(status))
  })
  for (const operation of operations) {
    const { method, path: url } = operation
    http.route({
      method,
      url,
      config,
      schema: { hide: true },
      handler: (request, reply) => serve(ports, { operation, manners }, request, reply),
    })
  }
}

const befalling = ['no-answer', 'error', 'html-error', 'rate-limit', 'answer-lost'] as const

async function serve(
  ports: SandboxPorts,
  { operation, manners }: { operation: Operation; manners: Manners },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await ports.controls.ready()
  const { id = '' } = request.params as { id?: string }
  const { body, query, headers } = request
  const names = [...befalling, ...(operation.faults ?? [])]
  const about = aboutOf(id, body, query)
  const faults = await ports.controls.take({ names, operation: operation.name, about })
  const fault = (name: FaultName) => faults.find((one) => one.fault === name)

  const refusal = fault('error') ?? fault('html-error') ?? fault('rate-limit')
  if (fault('no-answer')) return neverAnswer(request, reply)
  if (refusal) return send(reply, refusalOf(refusal, manners))

  const call = { id, body, query: fieldsOf(query), headers, faults }
  const answer = await manners.around(operation.path, call, () => operation.answer(call))
  if (fault('webhook-before-answer') && answer.madeId !== undefined) {
    await payPayment(ports, answer.madeId, {})
    await deliverPayment(ports, answer.madeId)
  }
  if (!fault('answer-lost')) return send(reply, answer)
  reply.hijack()
  request.raw.socket.destroy()
  return reply
}

function send(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  return reply.code(status).headers(headers).send(body)
}

/** The names of the calls that a fault can befall. */
export function callsThatMeet(fault: FaultName, operations: readonly Operation[]): string[] {
  const found = operations.filter(({ faults = [] }) => [...befalling, ...faults].includes(fault))
  return [...new Set(found.map(({ name }) => name))]
}

/** Every id and reference that a call names. */
function aboutOf(id: string, body: unknown, query: unknown): string[] {
  const sent = fieldsOf(body)
  return [
    id,
    sent['external_id'],
    sent['reference_id'],
    sent['invoice_id'],
    sent['payment_request_id'],
    fieldsOf(sent['transaction_details'])['order_id'],
    fieldsOf(query)['external_id'],
    fieldsOf(query)['invoice_id'],
    fieldsOf(query)['payment_request_id'],
  ].filter((value): value is string => typeof value === 'string' && value !== '')
}

/** Longer than any client's patience. */
const silenceMillis = 120_000

async function neverAnswer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.hijack()
  const { socket } = request.raw
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  request.server.closing.addEventListener('abort', () => gone.abort())
  await pause(silenceMillis, undefined, { signal: gone.signal, ref: false }).catch(() => {})
  socket.destroy()
  return reply
}

function refusalOf({ fault, detail }: Fault, manners: Manners): Answer {
  if (fault === 'rate-limit') return manners.rateLimited
  if (fault === 'error') return manners.broken(detail.status ?? 500)
  const status = detail.status ?? 502
  const body = `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`
  return { status, body, headers: { 'content-type': 'text/html' } }
}
