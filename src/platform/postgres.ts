import pg from 'pg'

// Counts and positions fit a double exactly up to 2^53; nothing here counts further.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
// A calendar date has no instant; it stays the text it is.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)

/** Anything that runs SQL: a pool, or the client of a running transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>

export function openPool(
  databaseUrl: string,
  connectionsMax: number,
  options: pg.PoolConfig = {},
): pg.Pool {
  const pool = new pg.Pool({
    ...options,
    connectionString: databaseUrl,
    max: connectionsMax,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    application_name: 'karcis',
  })
  // A connection that breaks fails the query that uses it, or is replaced at its next use; without
  // listeners it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function transaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** The SQLSTATE of a driver error, so that an adapter can name the one failure it expects. */
function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

/**
 * Connection exceptions, exhausted resources, a server that shuts down, a connection that is lost
 * or not made in time.
 */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error) ?? ''
  return (
    /^(08(?!P01)|53|57P)|^E(CONN|PIPE|TIMEDOUT)/.test(state) ||
    // The driver gives these no code.
    /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/.test(
      (error as Error).message,
    )
  )
}

/**
 * What counts as one although no driver threw it, because it mends itself and no message or request
 * is to blame; the code is that of a refused connection.
 */
export const outage = (message: string): Error =>
  Object.assign(new Error(message), { code: 'ECONNREFUSED' })
