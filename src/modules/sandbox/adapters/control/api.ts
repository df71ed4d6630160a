import formbody from '@fastify/formbody'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type pg from 'pg'
import { err, type Result } from '../../../../kernel/result.ts'
import type { Http } from '../../../../platform/module.ts'
import type { Delivery } from '../../domain/delivery.ts'
import { end, reverse, type Payment } from '../../domain/payment.ts'
import type { SandboxPorts } from '../../ports.ts'
import { advanceClock } from '../../use-cases/advance-clock.ts'
import { changePayment } from '../../use-cases/change-payment.ts'
import { deliverThese } from '../../use-cases/deliver-webhooks.ts'
import { payPayment } from '../../use-cases/pay-payment.ts'
import type { ControlSwitches } from '../controls.ts'
import type { Operation } from '../operations.ts'
import { sendPage } from '../pages/html.ts'
import { badFault } from './bad-fault.ts'
import { controlPage } from './control-page.ts'
import { mayControl, type ControlAccess } from './guard.ts'
import { findDeliveries, heldDeliveries, listDeliveries } from './queries.ts'
import * as schemas from './schemas.ts'

export type ControlNeeds = {
  ports: SandboxPorts
  switches: ControlSwitches
  pool: pg.Pool
  access: ControlAccess
  /** The calls of both gateways. */
  operations: readonly Operation[]
}

const config = { access: 'own-credentials' } as const
const hide = true

/**
 * What makes the gateways misbehave: a page, and the same as JSON below `/control`. Forms of the
 * page send what the JSON has, and lead back to the page.
 */
export function controlPlane(http: Http, needs: ControlNeeds): void {
  http.register(formbody)
  http.addHook('onRequest', async (request, reply) => {
    if (mayControl(needs.access, request)) return needs.ports.controls.ready()
    const message = 'Only for whoever sits at this machine; see SANDBOX_CONTROL.'
    return reply.code(403).send({ error: 'not-allowed', message })
  })
  http.addHook('preValidation', async (request) => {
    if (isForm(request)) request.body = fromForm(request.body as Record<string, string>)
  })
  http.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status === 500) request.log.error({ err: error }, 'sandbox control failed')
    const known = error.validation?.[0]?.params['allowedValues']
    const message = Array.isArray(known) ? `${error.message}: ${known.join(', ')}` : error.message
    return reply.code(status).send({
      error: 'invalid-request',
      message: status < 500 ? message : 'Something went wrong.',
    })
  })
  reading(http, needs)
  changing(http, needs)
  sending(http, needs)
  misbehaving(http, needs)
}

const isForm = ({ headers }: FastifyRequest): boolean =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true

const numbers = ['amount', 'fee', 'seconds', 'times', 'status']

/** What was left empty was not given. */
function fromForm(fields: Record<string, string>): Record<string, unknown> {
  const given = Object.entries(fields).filter(([, value]) => value !== '')
  return Object.fromEntries(
    given.map(([name, value]) => {
      if (numbers.includes(name)) return [name, Number(value)]
      return [name, name === 'late' && value === 'true' ? true : value]
    }),
  )
}

/** A form is led back to the page, which shows what became of it. */
function answer(request: FastifyRequest, reply: FastifyReply, body: unknown, status = 200) {
  if (isForm(request)) return reply.redirect('/sandbox', 303)
  return reply.code(status).send(body)
}

function reading(http: Http, { ports, switches, pool }: ControlNeeds): void {
  const page = async (_request: FastifyRequest, reply: FastifyReply) => {
    const payments = await ports.payments.search({}, 50)
    const deliveries = await listDeliveries(pool, { limit: 50 })
    const now = ports.clock()
    const body = controlPage({ payments, deliveries, faults: switches.faults(), now })
    return sendPage(reply, 'Sandbox', body)
  }
  http.get('/', { config, schema: { hide } }, page)

  http.get('/control', { config, schema: { hide } }, async () => ({
    now: ports.clock(),
    aheadSeconds: switches.aheadMillis() / 1_000,
    faults: switches.faults(),
  }))

  const listing = { hide, querystring: schemas.listingPayments }
  http.get('/control/payments', { config, schema: listing }, async ({ query }) => {
    const { about, limit = 100 } = query
    const byReference = await ports.payments.search(about ? { reference: about } : {}, limit)
    const byId = about ? await ports.payments.find(about) : undefined
    const payments = byId ? [byId, ...byReference.filter(({ id }) => id !== byId.id)] : byReference
    return { payments }
  })
  const schema = { hide, querystring: schemas.listingDeliveries }
  http.get('/control/deliveries', { config, schema }, async ({ query }) => ({
    deliveries: await listDeliveries(pool, { ...query, limit: query.limit ?? 100 }),
  }))
}

/** By the gateway's id, or the newest by the merchant's. */
async function find(ports: SandboxPorts, id: string): Promise<Payment | undefined> {
  const byId = await ports.payments.find(id)
  if (byId) return byId
  const found = await ports.payments.search({ reference: id }, 20)
  return found.find(({ kind }) => kind !== 'snap') ?? found[0]
}

function changing(http: Http, { ports }: ControlNeeds): void {
  const params = schemas.byId
  const reply_ = (request: FastifyRequest, reply: FastifyReply, result: Changed) =>
    result.ok
      ? answer(request, reply, { payment: result.value })
      : answer(request, reply, { error: result.error.kind }, statusOf(result.error.kind))

  http.post(
    '/control/payments/:id/pay',
    { config, schema: { hide, params, body: schemas.paying } },
    async (request, reply) => {
      const payment = await find(ports, request.params.id)
      const paid = payment ? await payPayment(ports, payment, request.body) : notFound
      return reply_(request, reply, paid)
    },
  )
  const decisions: [string, (current: Payment | undefined, at: Date) => Changed][] = [
    ['fail', (current, at) => end(withChannel(current), 'failed', at)],
    ['expire', (current, at) => end(current, 'expired', at)],
    ['cancel', (current, at) => end(current, 'cancelled', at)],
    ['reverse', reverse],
  ]
  for (const [name, decide] of decisions) {
    const path = `/control/payments/:id/${name}`
    const schema = { hide, params, body: schemas.pressing }
    http.post(path, { config, schema }, async (request, reply) => {
      const payment = await find(ports, request.params.id)
      const now = ports.clock()
      const changed = payment
        ? await changePayment(ports, payment, (current) => decide(current, now))
        : notFound
      return reply_(request, reply, changed)
    })
  }
}

type Changed = Result<Payment, { kind: string }>
const notFound: Changed = err({ kind: 'payment-not-found' })
const statusOf = (kind: string): number =>
  kind === 'payment-not-found' ? 404 : kind === 'invalid-payment' ? 400 : 409

/** Where the payer has a choice, a failure ends nothing. */
const withChannel = (payment: Payment | undefined) =>
  payment?.channel == null ? undefined : payment

function sending(http: Http, { ports, pool }: ControlNeeds): void {
  const again = async (id: string, change: Partial<Delivery>, count: number) => {
    const [earlier] = await findDeliveries(pool, [id])
    if (!earlier) return undefined
    const copies = Array.from({ length: count }, () => ({
      ...earlier,
      ...change,
      id: ports.newId(),
      status: 'pending' as const,
      attempts: 0,
      createdAt: ports.clock(),
      dueAt: ports.clock(),
    }))
    await ports.deliveries.add(copies)
    const ids = copies.map((copy) => copy.id)
    await deliverThese(ports, ids)
    return ids
  }
  const ways: [string, Partial<Delivery>, number][] = [
    ['resend', {}, 1],
    ['duplicate', {}, 2],
    ['forge', { forged: true }, 1],
  ]
  for (const [name, change, count] of ways) {
    const schema = { hide, params: schemas.byUuid, body: schemas.pressing }
    const path = `/control/deliveries/:id/${name}`
    http.post(path, { config, schema }, async (request, reply) => {
      const ids = await again(request.params.id, change, count)
      if (!ids) return answer(request, reply, { error: 'delivery-not-found' }, 404)
      return answer(request, reply, { sent: ids })
    })
  }

  const schema = { hide, body: schemas.releasing }
  http.post('/control/deliveries/release', { config, schema }, async (request, reply) => {
    const ids = request.body.ids ?? (await heldDeliveries(pool))
    const found = await findDeliveries(pool, ids)
    if (found.length < new Set(ids).size) {
      return answer(request, reply, { error: 'delivery-not-found' }, 404)
    }
    await deliverThese(ports, ids)
    return answer(request, reply, { sent: ids })
  })
}

const faultsMax = 5_000

function misbehaving(http: Http, { ports, switches, operations }: ControlNeeds): void {
  const advance = { hide, body: schemas.advancing }
  http.post('/control/advance', { config, schema: advance }, async (request, reply) => {
    await advanceClock(ports, switches.advance, request.body.seconds)
    return answer(request, reply, { now: ports.clock() })
  })

  const adding = { hide, body: schemas.addingFault }
  http.post('/control/faults', { config, schema: adding }, async (request, reply) => {
    const message = badFault(request.body, operations)
    if (message !== undefined) {
      return reply.code(400).send({ error: 'invalid-request', message })
    }
    if (switches.faults().length >= faultsMax) {
      return answer(request, reply, { error: 'too-many-faults' }, 409)
    }
    const { fault: name, operation = null, about = null, times = 1, ...detail } = request.body
    const fault = { id: ports.newId(), fault: name, operation, about, timesLeft: times, detail }
    await switches.addFault(fault, ports.clock())
    return answer(request, reply, { fault }, 201)
  })

  http.delete('/control/faults', { config, schema: { hide } }, async () => {
    await switches.removeFaults()
    return { faults: switches.faults() }
  })
  const schema = { hide, params: schemas.byUuid }
  http.delete('/control/faults/:id', { config, schema }, async ({ params: { id } }, reply) => {
    const isSet = switches.faults().some((fault) => fault.id === id)
    if (!isSet) return reply.code(404).send({ error: 'fault-not-found' })
    await switches.removeFaults(id)
    return { faults: switches.faults() }
  })
  // What a form cannot do with DELETE.
  const pressing = { hide, body: schemas.pressing }
  http.post('/control/faults/remove', { config, schema: pressing }, async (request, reply) => {
    await switches.removeFaults()
    return answer(request, reply, { faults: [] })
  })
}
