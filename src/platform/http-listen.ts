import { createServer } from 'node:net'
import type { Http } from './module.ts'
import { startError } from './start-error.ts'

const closeMillisMax = 10_000
const idleMillis = 100

/** The port that will be listened on: the given one if it is free, any free one for 0. */
export function settlePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error) => reject(explainedPort(host, port, error)))
    probe.listen(port, host, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}

/** Starts answering. With `shared`, other processes may listen on the same port. */
export async function listen(
  http: Http,
  host: string,
  port: number,
  shared: boolean,
): Promise<void> {
  const options = { host, port, backlog: 4_096, ...(shared && { reusePort: true }) }
  await http.listen(options).catch((error: unknown) => {
    throw explainedPort(host, port, error)
  })
}

/** Refuses new work and waits for requests under way, within a limit. */
export async function closeHttp(http: Http): Promise<void> {
  const limit = setTimeout(() => http.server.closeAllConnections(), closeMillisMax)
  // A connection that is kept alive becomes idle when its last request is answered.
  const idle = setInterval(() => http.server.closeIdleConnections(), idleMillis)
  await http.close()
  clearTimeout(limit)
  clearInterval(idle)
}

function explainedPort(host: string, port: number, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return startError(
      `Port ${port} of ${host} is taken by another program; stop that one, or set PORT to another port.`,
    )
  }
  if (code === 'EACCES') {
    return startError(`This user may not listen on port ${port}; set PORT to one above 1023.`)
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return startError(`HOST is "${host}", which is no address of this machine.`)
  }
  return error
}
