import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { createHttpServer } from '../src/platform/http-server.ts'
import type { Canned } from './servers.ts'

// The ceiling: the program's own HTTP server, which reads a request and gives the bytes that the
// program once gave for one like it. The answers stand in the file ANSWERS, the port in PORT.
const server = await createHttpServer({
  logger: pino({ level: 'warn' }),
  authenticate: async () => undefined,
  version: '0',
})
server.get('/readyz', async () => ({}))
const answers = JSON.parse(readFileSync(process.env['ANSWERS'] ?? '', 'utf8')) as Canned[]
for (const { method, path, status, body } of answers)
  server.route({
    method,
    url: path,
    // Nobody is asked for credentials: this is what nothing costs.
    config: { access: 'own-credentials' },
    handler: (_request, reply) =>
      reply.code(status).type('application/json; charset=utf-8').send(body),
  })
await server.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
process.once('SIGTERM', () => process.exit())
