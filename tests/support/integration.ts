import assert from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { Envelope } from '../../src/kernel/message.ts'
import type { Principal, Role } from '../../src/kernel/principal.ts'
import { addressRules } from '../../src/modules/integration/adapters/addresses.ts'
import { postgresDeliveries } from '../../src/modules/integration/adapters/deliveries.ts'
import { postgresEndpoints } from '../../src/modules/integration/adapters/endpoints.ts'
import { integrationRoutes } from '../../src/modules/integration/adapters/http.ts'
import { systemNames } from '../../src/modules/integration/adapters/names.ts'
import { webhookSignatures } from '../../src/modules/integration/adapters/signatures.ts'
import { webhookSender } from '../../src/modules/integration/adapters/webhook-sender.ts'
import type { ToldEnvelope } from '../../src/modules/integration/domain/payload.ts'
import type { IntegrationPorts } from '../../src/modules/integration/ports.ts'
import { deliverWebhooks } from '../../src/modules/integration/use-cases/deliver-webhooks.ts'
import { queueWebhooks } from '../../src/modules/integration/use-cases/queue-webhooks.ts'
import { createHttpServer } from '../../src/platform/http-server.ts'
import { derivedId, newId } from '../../src/platform/ids.ts'
import { createTestDatabase } from './database.ts'

export const person = (name: string, ...roles: Role[]): Principal => ({
  userId: newId(),
  name,
  email: `${name}@karcis.test`,
  roles,
})

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
export type IntegrationWorld = Awaited<ReturnType<typeof openIntegration>>

/** Integration on a database of its own; callers are whom `as` says, and time is the test's. */
export async function openIntegration() {
  const database = await createTestDatabase()
  const { pool } = database
  const organisers = new Map<string, string>()
  const roles = new Map<string, readonly Role[]>()
  const world = { now: Date.parse('2026-11-20T10:00:00Z') }
  const rules = addressRules({ privateAddresses: true })
  const ports: IntegrationPorts = {
    endpoints: postgresEndpoints(pool),
    deliveries: postgresDeliveries(pool),
    signatures: webhookSignatures(Buffer.alloc(32, 'k')),
    urlRefusal: rules.refusalOf,
    send: webhookSender({ rules, resolve: systemNames }),
    catalog: {
      async findEvent(eventId) {
        const organiserId = organisers.get(eventId)
        return organiserId ? { organiserId, timeZone: 'Asia/Jakarta', currency: 'IDR' } : undefined
      },
    },
    identity: {
      async findUser(userId) {
        const held = roles.get(userId)
        return held && { userId, name: 'Ayu', email: 'ayu@karcis.test', roles: held }
      },
    },
    newId,
    derivedId,
    clock: () => new Date(world.now),
    chance: () => 0.5,
  }
  const http = await createHttpServer({
    logger: pino({ level: 'silent' }),
    version: '0',
    authenticate: async ({ headers }) => JSON.parse(String(headers.authorization)) as Principal,
  })
  integrationRoutes(http, { ...ports, pool })

  return {
    pool,
    ports,
    world,
    /** An event of this organiser; resolves to its id. */
    anEventOf({ userId }: Principal): string {
      const eventId = newId()
      organisers.set(eventId, userId)
      return eventId
    },
    setRoles: (user: Principal, held: readonly Role[]) => void roles.set(user.userId, held),

    async ask(as: Principal, line: string, body?: object, headers: Record<string, string> = {}) {
      const [method, target = ''] = line.split(' ')
      const response = await http.inject({
        method: method as Method,
        url: `/webhook-endpoints${target}`,
        headers: { ...headers, authorization: JSON.stringify(as) },
        ...(body && { payload: body }),
      })
      const json = response.body ? response.json() : undefined
      return { status: response.statusCode, code: json?.code, json, headers: response.headers }
    },

    /** Hears a message as the bus would deliver it. */
    hear: (envelope: Envelope): Promise<void> => queueWebhooks(ports, envelope as ToldEnvelope),

    /** Sends what is due now, until nothing is left and all was answered. */
    async drain(): Promise<void> {
      const stop = new AbortController()
      const errors: unknown[] = []
      const pause = async () => {
        const { rowCount } = await pool.query(
          `select from integration.deliveries d join integration.endpoints e on e.id = d.endpoint_id
           where e.disabled is null and d.status = 'pending' and d.due_at <= $1 limit 1`,
          [ports.clock()],
        )
        if (rowCount === 0) stop.abort()
        else await sleep(2)
      }
      const onError = (error: unknown) => void errors.push(error)
      await deliverWebhooks({ ...ports, pause, onError }, stop.signal)
      assert.deepEqual(errors, [])
    },
    async [Symbol.asyncDispose]() {
      await http.close()
      await database[Symbol.asyncDispose]()
    },
  }
}
