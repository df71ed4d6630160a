import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { derivedId, newId } from '../../platform/ids.ts'
import type { MessageHandler, Module } from '../../platform/module.ts'
import { addressRules } from './adapters/addresses.ts'
import { postgresDeliveries } from './adapters/deliveries.ts'
import { postgresEndpoints } from './adapters/endpoints.ts'
import { integrationRoutes } from './adapters/http.ts'
import { publicNames, systemNames } from './adapters/names.ts'
import { integrationProblems } from './adapters/problems.ts'
import { webhookSignatures } from './adapters/signatures.ts'
import { webhookSender } from './adapters/webhook-sender.ts'
import { deliveriesKeptDays } from './domain/delivery.ts'
import { webhookTypes, type ToldEnvelope } from './domain/payload.ts'
import type { IntegrationPorts } from './ports.ts'
import { deliverWebhooks } from './use-cases/deliver-webhooks.ts'
import { queueWebhooks } from './use-cases/queue-webhooks.ts'

export type IntegrationOptions = Pick<IntegrationPorts, 'catalog' | 'identity' | 'clock'> & {
  pool: pg.Pool
  log: FastifyBaseLogger
  /** From which the secrets of endpoints are made. */
  secretKey: Uint8Array
  /** Allows http, every port, loopback and private networks; for development. */
  privateAddresses: boolean
}

const pollMillis = 500
const dayMillis = 24 * 60 * 60 * 1000

/** Tells the programs of organisers and administrators what happens, by webhooks. */
export function integrationModule(options: IntegrationOptions): Module<undefined> {
  const { pool, log, clock } = options
  const rules = addressRules(options)
  const ports: IntegrationPorts = {
    ...options,
    endpoints: postgresEndpoints(pool),
    deliveries: postgresDeliveries(pool),
    signatures: webhookSignatures(options.secretKey),
    urlRefusal: rules.refusalOf,
    send: webhookSender({
      rules,
      // Names of the inside are known to the system alone.
      resolve: options.privateAddresses ? systemNames : publicNames(),
    }),
    newId,
    derivedId,
    chance: Math.random,
  }
  const queue: MessageHandler = (envelope) => queueWebhooks(ports, envelope as ToldEnvelope)
  return {
    name: 'integration',
    isPatient: true,
    api: undefined,
    routes: (http) => integrationRoutes(http, { ...ports, pool }),
    handlers: Object.fromEntries(webhookTypes.map((type) => [type, queue])),
    tasks: [
      {
        name: 'integration.deliver-webhooks',
        everyMillis: 1_000,
        run: (signal) =>
          deliverWebhooks(
            {
              ...ports,
              pause: (until) => sleep(pollMillis, undefined, { signal: until }).catch(() => {}),
              onError: (err) => log.error({ err }, 'webhook not concluded'),
            },
            signal,
          ),
      },
      {
        name: 'integration.forget-old-deliveries',
        everyMillis: 60 * 60 * 1000,
        run: () =>
          ports.deliveries.forget(new Date(clock().getTime() - deliveriesKeptDays * dayMillis)),
      },
    ],
    problems: integrationProblems,
  }
}
