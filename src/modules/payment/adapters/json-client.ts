export type JsonAnswer = { status: number; body: unknown }

export type JsonRequest = {
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  headers?: Record<string, string>
}

/**
 * Calls a gateway over HTTP. Returns every answer that says something about the request, and
 * throws when there is none: no connection, no answer in time, 408, 429, 5xx, or a 2xx that is not
 * JSON. What it throws names the call, and holds no credential, no body and no query.
 */
export function jsonClient(options: {
  name: string
  baseUrl: string
  headers: Record<string, string>
  fetch: typeof fetch
  timeoutMillis: number
}): (request: JsonRequest) => Promise<JsonAnswer> {
  return async ({ method, path, body, headers }) => {
    const call = `${options.name} ${method} ${path.split('?')[0]}`
    const answer = await options
      .fetch(options.baseUrl + path, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(options.timeoutMillis),
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch((error: Error) => {
        throw new Error(
          `${call}: ${error.name === 'TimeoutError' ? 'no answer in time' : 'no answer'}`,
        )
      })

    const { status, text } = answer
    if (status === 408 || status === 429 || status >= 500 || status < 200) {
      throw new Error(`${call}: answered ${status}`)
    }
    const parsed = parseJson(text)
    if (status < 300 && parsed === undefined) throw new Error(`${call}: answered no JSON`)
    return { status, body: parsed }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
