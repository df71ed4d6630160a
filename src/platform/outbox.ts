import type { Message } from '../kernel/message.ts'
import type { Queryable } from './postgres.ts'
import { currentCause } from './request-context.ts'

/**
 * Writes messages into the module's outbox, in the transaction of the change that caused them.
 * The relay passes them on once that transaction is committed.
 */
export async function writeMessages(
  client: Queryable,
  schema: string,
  messages: readonly Message[],
): Promise<void> {
  if (messages.length === 0) return
  await client.query(
    `insert into ${schema}.outbox (type, key, data, caused_by)
     select type, key, data, $2 from json_to_recordset($1) as m(type text, key text, data jsonb)`,
    [JSON.stringify(messages), currentCause()],
  )
}
