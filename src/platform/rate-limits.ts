import ipaddr from 'ipaddr.js'
import type { FastifyReply } from 'fastify'
import type { Http } from './module.ts'
import { refused } from './problems.ts'
import { recentlyUsed } from './recently-used.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The event at which the request buys; an account may do so only so often per event. */
    buysAt?(request: FastifyRequest): string
  }
}

/** So many requests a minute, which may come all at once. */
export type RateLimit = { name: string; perMinute: number }

/**
 * Takes one request from what is left to a caller: 0, or the seconds until there is one again.
 * Never rejects.
 */
export type TakeTurn = (limit: RateLimit, key: string) => number | Promise<number>

export type RateLimits = {
  takeTurn: TakeTurn
  /** Requests a minute; 0 for any number. */
  perAddress: number
  perAccount: number
  perAccountAndEvent: number
}

/** Callers remembered at once: some tens of megabytes. Who is forgotten begins anew. */
const callersMax = 100_000

/** Token buckets of this process alone. */
export function memoryTurns(nowMillis: () => number = () => performance.now()): TakeTurn {
  const buckets = recentlyUsed<{ left: number; at: number }>(callersMax)
  return ({ name, perMinute }, key) => {
    const now = nowMillis()
    const id = `${name} ${key}`
    let bucket = buckets.get(id)
    if (!bucket) buckets.set(id, (bucket = { left: perMinute, at: now }))
    const perMilli = perMinute / 60_000
    bucket.left = Math.min(perMinute, bucket.left + (now - bucket.at) * perMilli)
    bucket.at = now
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) / perMilli / 1_000)
    bucket.left -= 1
    return 0
  }
}

/** To be called before requests are authenticated, which costs more than counting them. */
export function limitAddresses(server: Http, { takeTurn, perAddress }: RateLimits): void {
  if (perAddress === 0) return
  const limit = { name: 'per-address', perMinute: perAddress }
  server.addHook('onRequest', (request, reply, done) => {
    const { ip } = request
    if (isLoopback(ip)) return done()
    admit(reply, limit, takeTurn(limit, networkOf(ip)), done)
  })
}

/**
 * To be called after requests are authenticated. Some routes do that themselves, `onRequest`, so the
 * account is looked at after that, and still before the body is.
 */
export function limitAccounts(server: Http, limits: RateLimits): void {
  const { takeTurn, perAccount, perAccountAndEvent } = limits
  if (perAccount > 0) {
    const limit = { name: 'per-account', perMinute: perAccount }
    server.addHook('preParsing', ({ principal }, reply, payload, done) => {
      if (!principal) return done(null, payload)
      admit(reply, limit, takeTurn(limit, principal.userId), (refusal) => done(refusal, payload))
    })
  }
  if (perAccountAndEvent === 0) return
  const limit = { name: 'per-account-and-event', perMinute: perAccountAndEvent }
  server.addHook('preHandler', (request, reply, done) => {
    const { principal } = request
    const buysAt = principal && request.routeOptions.config.buysAt
    if (!buysAt) return done()
    const key = `${principal.userId} ${buysAt(request)}`
    admit(reply, limit, takeTurn(limit, key), done)
  })
}

function admit(
  reply: FastifyReply,
  limit: RateLimit,
  taken: number | Promise<number>,
  done: (error?: Error) => void,
): void {
  const answer = (waitSeconds: number) =>
    waitSeconds === 0 ? done() : done(refusedFor(reply, limit, waitSeconds))
  if (typeof taken === 'number') answer(taken)
  else void taken.then(answer)
}

/** The headers are those of draft-ietf-httpapi-ratelimit-headers-10. */
function refusedFor(reply: FastifyReply, { name, perMinute }: RateLimit, waitSeconds: number) {
  reply.headers({
    'retry-after': String(waitSeconds),
    'ratelimit-policy': `"${name}";q=${perMinute};w=60`,
    ratelimit: `"${name}";r=0;t=${waitSeconds}`,
  })
  return refused('too-many-requests')
}

/**
 * Nobody is limited by an address of this machine: it is that of a proxy whose header we were not
 * told to trust, and behind it is everyone.
 */
const isLoopback = (ip: string) => ip === '127.0.0.1' || ip === '::1' || ip === '::ffff:127.0.0.1'

/** One subscriber has a whole /64 of IPv6. */
export function networkOf(ip: string): string {
  if (!ip.includes(':') || !ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  if (address.kind() === 'ipv4') return address.toString()
  return (address as ipaddr.IPv6).parts.slice(0, 4).join(':')
}
