import assert from 'node:assert'
import { test } from 'node:test'
import { pino } from 'pino'
import { Type } from 'typebox'
import { createHttpServer } from './http-server.ts'
import type { Http } from './module.ts'
import { only, refuse } from './problems.ts'

const problems = {
  'sold-out': {
    status: 409,
    title: 'Nothing is left.',
    retry: true,
    details: { left: Type.Integer(), seats: Type.Array(Type.String()) },
  },
  'event-over': {
    status: 409,
    title: 'The event is over.',
    retry: false,
    details: { left: Type.Integer(), since: Type.Optional(Type.String()) },
  },
  'no-ticket': { status: 404, title: 'There is no ticket.', retry: false },
}
const notBought = only(problems, 'sold-out', 'event-over')

/** A server with a route that refuses whatever it is asked. */
async function shop(prepare: (http: Http) => void = () => {}): Promise<Http> {
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    authenticate: async () => undefined,
    version: 'test',
  })
  http.post(
    '/tickets',
    {
      config: { access: ['admin'], scope: 'tickets:write', problems: notBought },
      schema: {
        operationId: 'buyTicket',
        summary: 'Buy',
        response: { 200: Type.Object({ id: Type.String() }) },
      },
    },
    async () => ({ id: 'ticket-1' }),
  )
  http.get(
    '/tickets',
    {
      config: { hasETag: true, problems: notBought },
      schema: {
        operationId: 'listTickets',
        summary: 'The tickets',
        response: { 200: Type.Object({ id: Type.String() }) },
      },
    },
    async (_request, reply) =>
      refuse(reply, notBought, { kind: 'sold-out', left: 0, seats: ['A1'] }),
  )
  prepare(http)
  await http.ready()
  return http
}

type Described = { responses: Record<string, object>; security: object[]; parameters?: object[] }
const operation = (http: Http, method: 'get' | 'post') =>
  http.swagger().paths?.['/tickets']?.[method] as Described

test('a refusal keeps every detail, though the route has a schema of its success', async () => {
  const http = await shop()
  const { statusCode, headers, body } = await http.inject('/tickets')
  assert.deepEqual(
    [statusCode, headers['content-type'], JSON.parse(body)],
    [
      409,
      'application/problem+json; charset=utf-8',
      {
        left: 0,
        seats: ['A1'],
        type: '/errors#sold-out',
        title: 'Nothing is left.',
        status: 409,
        code: 'sold-out',
        requestId: headers['x-request-id'],
      },
    ],
  )
  await http.close()
})

test('what a route may refuse with is described by status, with its codes and their details', async () => {
  const http = await shop()
  const { responses } = operation(http, 'post')
  const described = JSON.parse(JSON.stringify(responses['409']))
  assert.equal(
    described.description,
    '`sold-out`: Nothing is left.\n\n`event-over`: The event is over.',
  )
  assert.deepEqual(described.content['application/problem+json'].schema.allOf[1], {
    type: 'object',
    required: ['left'],
    properties: {
      status: { const: 409 },
      code: { enum: ['sold-out', 'event-over'] },
      left: { type: 'integer' },
      seats: { type: 'array', items: { type: 'string' } },
      since: { type: 'string' },
    },
  })
  await http.close()
})

test('what the server refuses by itself follows from what the route is', async () => {
  const http = await shop()
  const statuses = (method: 'get' | 'post') => Object.keys(operation(http, method).responses)
  const always = ['400', '404', '408', '409', '429', '431', '500', '503']
  assert.deepEqual(statuses('get'), ['200', '304', ...always.toSpliced(1, 0, '401')])
  assert.deepEqual(statuses('post').sort(), ['200', ...always, '401', '403', '413', '415'].sort())
  assert.deepEqual(operation(http, 'get').security, [])
  assert.deepEqual(operation(http, 'post').security, [
    { accessToken: ['admin'] },
    { apiKey: ['tickets:write'] },
  ])
  assert.match(JSON.stringify(operation(http, 'get').parameters), /If-None-Match/)
  await http.close()
})

test('an error that the problems do not tell of does not compile', () => {
  const never = (): void => {
    const reply = {} as Parameters<typeof refuse>[0]
    refuse(reply, notBought, { kind: 'event-over', left: 1 })
    // @ts-expect-error: it is of a kind that the route does not declare
    refuse(reply, notBought, { kind: 'no-ticket' })
    // @ts-expect-error: a detail that the kind promises is missing
    refuse(reply, notBought, { kind: 'sold-out', left: 1 })
    // @ts-expect-error: the kind does not tell of this detail
    refuse(reply, notBought, { kind: 'event-over', left: 1, seats: ['A1'] })
  }
  assert.equal(typeof never, 'function')
})

test('a server that closes refuses in the words of all refusals', async () => {
  const answers: unknown[] = []
  const http = await shop((http) =>
    http.addHook('preClose', async () => {
      const answer = await fetch(`${http.listeningOrigin}/tickets`)
      const { code } = (await answer.json()) as { code: string }
      answers.push(answer.status, answer.headers.get('retry-after'), code)
    }),
  )
  await http.listen({ port: 0, host: '127.0.0.1' })
  await http.close()
  assert.deepEqual(answers, [503, '2', 'unavailable'])
})
