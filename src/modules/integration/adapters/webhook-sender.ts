import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Failure, Outcome } from '../domain/delivery.ts'
import type { IntegrationPorts } from '../ports.ts'
import { hostOf, type AddressRules } from './addresses.ts'
import type { ResolveName } from './names.ts'

const answerMillisMax = 15_000
const responseBytesMax = 1_024

type Options = {
  rules: AddressRules
  resolve: ResolveName
  millisMax?: number
}

/**
 * Posts webhooks. A name is resolved once per connection and the connection goes to the very
 * addresses that were judged, so a name that changes its mind in between wins nothing. Redirects
 * are answers like any other.
 */
export function webhookSender({
  rules,
  resolve,
  millisMax = answerMillisMax,
}: Options): IntegrationPorts['send'] {
  return async ({ url, headers, body }, signal) => {
    const begun = performance.now()
    const millis = () => Math.round(performance.now() - begun)
    if (rules.refusalOf(url)) return { error: 'address-not-allowed', millis: 0 }
    const late = AbortSignal.timeout(millisMax)
    try {
      const answer = await post(new URL(url), body, {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        lookup: judgedLookup(rules, resolve),
        // A connection of its own, so that none outlives the judgement of its address.
        agent: false,
        maxHeaderSize: 16 * 1024,
        signal: AbortSignal.any([signal, late]),
      })
      const response = await beginningOf(answer)
      return { status: answer.statusCode ?? 0, response, millis: millis() }
    } catch (error) {
      if (late.aborted) return { error: 'timeout', millis: millis() }
      if (signal.aborted) return undefined
      return { error: failureOf(error), millis: millis() } satisfies Outcome
    }
  }
}

const notAllowed = 'ADDRESS_NOT_ALLOWED'

function judgedLookup({ isAllowed }: AddressRules, resolve: ResolveName): LookupFunction {
  return (name, { all }, done) => {
    const judge = async () => {
      const found = await resolve(name)
      const [first] = found
      if (!first || !found.every(({ address }) => isAllowed(address))) {
        throw Object.assign(new Error(`${name} leads to a private address`), { code: notAllowed })
      }
      return { first, found }
    }
    judge().then(
      ({ first, found }) => (all ? done(null, found) : done(null, first.address, first.family)),
      (error: NodeJS.ErrnoException) => done(error, ''),
    )
  }
}

function post(url: URL, body: string, options: RequestOptions): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? https : http
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const target = {
    hostname: hostOf(url),
    port: url.port,
    path: url.pathname + url.search,
    ...options,
  }
  request(target, resolve).on('error', reject).end(body)
  return promise
}

/** The beginning of the body, or what came of it in time. */
async function beginningOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length >= responseBytesMax) break
    }
  } catch {
    // The status has come; that the rest has not changes nothing.
  }
  answer.destroy()
  const beginning = Buffer.concat(chunks).subarray(0, responseBytesMax)
  return beginning.toString('utf8').replaceAll('\0', '\uFFFD')
}

function failureOf(error: unknown): Failure {
  const { code = '' } = error as NodeJS.ErrnoException
  if (code === notAllowed) return 'address-not-allowed'
  if (/^(ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL|EREFUSED|ETIMEOUT)$/.test(code))
    return 'unknown-host'
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) return 'certificate'
  return 'no-connection'
}
