import type pg from 'pg'
import { err, ok } from '../../../kernel/result.ts'
import { postgresStore, type Persistence } from '../../../platform/postgres-store.ts'
import { transaction, type Queryable } from '../../../platform/postgres.ts'
import type { IntegrationMessage } from '../contract.ts'
import { endpointsPerOwnerMax, type Endpoint } from '../domain/endpoint.ts'
import type { Endpoints } from '../ports.ts'

/** An `Endpoint`, as columns of `integration.endpoints`. */
export const endpointColumns = `id, owner_id as "ownerId", url, description, types,
  event_id as "eventId", all_events as "allEvents", disabled, failing_since as "failingSince",
  secret_version as "secretVersion", former_secret_until as "formerSecretUntil",
  request_hash as "requestHash", created_at as "createdAt"`

const load = async (client: Queryable, id: string): Promise<Endpoint | undefined> => {
  const { rows } = await client.query<Endpoint>(
    `select ${endpointColumns} from integration.endpoints where id = $1`,
    [id],
  )
  return rows[0]
}

const persistence: Persistence<Endpoint> = {
  schema: 'integration',
  name: 'endpoint',
  load,
  async save(client, endpoint) {
    await client.query(
      `update integration.endpoints set url = $2, description = $3, types = $4, disabled = $5,
         failing_since = $6, secret_version = $7, former_secret_until = $8
       where id = $1`,
      [
        endpoint.id,
        endpoint.url,
        endpoint.description,
        endpoint.types,
        endpoint.disabled,
        endpoint.failingSince,
        endpoint.secretVersion,
        endpoint.formerSecretUntil,
      ],
    )
  },
}

export function postgresEndpoints(pool: pg.Pool): Endpoints {
  return {
    ...postgresStore<Endpoint, IntegrationMessage>(pool, persistence),

    add: (endpoint) =>
      transaction(pool, async (client) => {
        // Only under a lock of its owner does the count hold until the row is there.
        await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `integration.owner:${endpoint.ownerId}`,
        ])
        const existing = await load(client, endpoint.id)
        if (existing) return ok(existing)
        const { rowCount } = await client.query(
          `insert into integration.endpoints (id, owner_id, url, description, types, event_id,
             all_events, secret_version, request_hash, created_at)
           select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
           where $11 > (select count(*) from integration.endpoints where owner_id = $2)`,
          [
            endpoint.id,
            endpoint.ownerId,
            endpoint.url,
            endpoint.description,
            endpoint.types,
            endpoint.eventId,
            endpoint.allEvents,
            endpoint.secretVersion,
            endpoint.requestHash,
            endpoint.createdAt,
            endpointsPerOwnerMax,
          ],
        )
        return rowCount === 1 ? ok(endpoint) : err({ kind: 'too-many-endpoints' })
      }),

    async remove(endpointId) {
      await pool.query('delete from integration.endpoints where id = $1', [endpointId])
    },

    async interestedIn({ type, eventId, organiserId }) {
      const { rows } = await pool.query<Endpoint>(
        `select ${endpointColumns} from integration.endpoints
         where (owner_id = $3 or all_events) and disabled is null
           and $1 = any(types) and (event_id is null or event_id = $2)`,
        [type, eventId, organiserId],
      )
      return rows
    },
  }
}
