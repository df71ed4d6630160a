import { BlockList, isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { metricsContentType, metricsText, type Snapshot } from './metrics.ts'
import type { Http } from './module.ts'
import { platformProblems, refuse } from './problems.ts'
import { isSameSecret } from './secrets.ts'

export type MetricsOptions = {
  /** Undefined: only callers on this machine are answered. */
  token: string | undefined
  /** The metrics of every process of this program. */
  processes(): Promise<Snapshot[]>
  gauges(): Promise<Snapshot>
}

/**
 * `/metrics`, for Prometheus. It tells how business goes, so it is not for everyone: whoever shows
 * the token, or, when there is none, whoever calls from this machine and not through a proxy on it.
 */
export function serveMetrics(http: Http, { token, processes, gauges }: MetricsOptions): void {
  http.get(
    '/metrics',
    { schema: { hide: true }, config: { access: 'own-credentials' } },
    async (request, reply) => {
      const kind = token === undefined ? refusalOfStranger(request) : refusalOf(request, token)
      if (kind) return refuse(reply, platformProblems, { kind })
      const [ofDatabase, ofProcesses] = await Promise.all([gauges(), processes()])
      return reply
        .header('content-type', metricsContentType)
        .header('cache-control', 'no-store')
        .send(await metricsText([...ofProcesses, ofDatabase]))
    },
  )
}

function refusalOf({ headers }: FastifyRequest, token: string): 'unauthenticated' | undefined {
  const [, given = ''] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  return isSameSecret(given, token) ? undefined : 'unauthenticated'
}

/** A proxy on this machine calls from here too, on behalf of anyone; it says so in a header. */
function refusalOfStranger({ headers, socket }: FastifyRequest): 'forbidden' | undefined {
  const forwarded = proxyHeaders.some((name) => headers[name] !== undefined)
  return !forwarded && isLoopback(socket.remoteAddress ?? '') ? undefined : 'forbidden'
}

const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

const isLoopback = (address: string): boolean =>
  loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
