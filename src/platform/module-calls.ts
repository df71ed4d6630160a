import { Type } from 'typebox'
import type { Http } from './module.ts'
import { outage } from './postgres.ts'
import { platformProblems, refuse } from './problems.ts'
import { isSameSecret } from './secrets.ts'
import { traced, traceHeaders } from './tracing.ts'

/** A module that runs in another process, where that answers, and the key that it knows us by. */
export type RemoteModule<T> = { name: string; api: T; url: string; key: string }

/** What one call may take; whoever waits longer is better served by trying again. */
const callMillisMax = 5_000
const callBytesMax = 8 * 1024 * 1024
const path = (module: string, call: string) => `/internal/${module}/${call}`

/** The api of a module: every function takes and returns JSON, or bytes. */
type Api = Record<string, (...args: never[]) => Promise<unknown>>

/**
 * Answers calls to the modules of this process from the other processes of the same Karcis, which
 * show that they are by `key`.
 */
export function serveModuleCalls(
  http: Http,
  modules: readonly { name: string; api: object | undefined }[],
  key: string,
): void {
  const calls = new Map(
    modules.flatMap(({ name, api }) =>
      Object.entries(api ?? {}).map(([call, run]) => [path(name, call), run as Api[string]]),
    ),
  )
  http.post(
    '/internal/:module/:call',
    {
      bodyLimit: callBytesMax,
      schema: { hide: true, body: Type.Object({ args: Type.Array(Type.Unknown()) }) },
      config: { access: 'own-credentials' },
    },
    async (request, reply) => {
      if (!isSameSecret(String(request.headers['x-karcis-key'] ?? ''), key)) {
        return refuse(reply, platformProblems, { kind: 'unauthenticated' })
      }
      const { module, call } = request.params as { module: string; call: string }
      const run = calls.get(path(module, call))
      if (!run) return refuse(reply, platformProblems, { kind: 'not-found' })
      const result = await run(...(request.body.args as never[]))
      if (result instanceof Uint8Array) {
        return reply.type('application/octet-stream').send(Buffer.from(result))
      }
      return reply.type('application/json').send(JSON.stringify({ result }))
    },
  )
}

/**
 * The functions of `api`, answered by the process where the module runs. A call that is not answered in time, or by
 * an outage over there, throws one here, so that the caller's own caller is told to come again; a defect over there
 * is one here.
 */
export function remoteApi<T extends object>({ name, api, url, key }: RemoteModule<T>): T {
  const callOf =
    (call: string) =>
    (...args: unknown[]): Promise<unknown> =>
      traced(`call ${name}.${call}`, { kind: 'client' }, () => ask(call, args))
  const ask = async (call: string, args: unknown[]): Promise<unknown> => {
    const response = await fetch(`${url}${path(name, call)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-karcis-key': key, ...traceHeaders() },
      body: JSON.stringify({ args }),
      signal: AbortSignal.timeout(callMillisMax),
    }).catch((error: Error) => {
      throw outage(unanswered(name, call, error.message))
    })
    const { ok, status } = response
    if (status >= 502 && status <= 504) throw outage(unanswered(name, call, 'it is away'))
    if (!ok) throw new Error(unanswered(name, call, `status ${status}`))
    if (response.headers.get('content-type') === 'application/octet-stream') {
      return new Uint8Array(await response.arrayBuffer())
    }
    return ((await response.json()) as { result?: unknown }).result
  }
  return Object.fromEntries(Object.keys(api).map((call) => [call, callOf(call)])) as T
}

const unanswered = (module: string, call: string, why: string): string =>
  `${module} did not answer ${call}: ${why}`
