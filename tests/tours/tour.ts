/**
 * A way through one of the APIs, request after request, as a person would try it. Each is written
 * once and becomes a Postman collection and a part of `docs/karcis.http`.
 *
 * `{{name}}` stands for a variable anywhere: one of the tour, one kept from an earlier answer, or
 * `{{$guid}}`, which is new every time it is read.
 */
export type Tour = {
  /** The file of the collection, and what its variables begin with in `docs/karcis.http`. */
  name: string
  title: string
  about: string
  /** Besides `baseUrl`, `adminEmail`, `organiserEmail`, `staffEmail` and `demoPassword`. */
  variables?: Record<string, string>
  requests: TourRequest[]
}

export type TourRequest = {
  title: string
  /** `POST /users`, of the base URL; or `POST {{checkoutUrl}}/pay`. */
  send: string
  /** The variable with the access token of who asks; nobody in particular without it. */
  as?: string
  headers?: Record<string, string>
  body?: object
  /** A picture beside the collections, sent as the field of a form. */
  upload?: { field: string; file: string; type: string }
  /** The status, or the variable that holds it. */
  answers: number | `{{${string}}}`
  /** What the body holds at a path; at `''` the whole of it as text. */
  has?: Record<string, unknown>
  hasHeaders?: Record<string, string>
  /** What happens soon, not at once: the request is sent until the answer is as it should be. */
  soon?: true
  keeps?: Record<string, Kept>
}

/** The path of a value in the body, or the word in a text there that stands after these words. */
export type Kept = string | { in: string; after: string }

export const commonVariables = {
  baseUrl: 'http://127.0.0.1:3000',
  adminEmail: 'admin@karcis.test',
  organiserEmail: 'organiser@karcis.test',
  staffEmail: 'staff@karcis.test',
  demoPassword: 'karcis-demo',
}

/** The parts of a request's first line, with the base URL before a path. */
export function lineOf({ send }: TourRequest): { method: string; url: string } {
  const [method = '', target = ''] = send.split(' ')
  return { method, url: target.startsWith('/') ? `{{baseUrl}}${target}` : target }
}

export function headersOf({ as, headers, body }: TourRequest): Record<string, string> {
  return {
    ...(body && { 'Content-Type': 'application/json' }),
    ...(as !== undefined && { Authorization: `Bearer {{${as}}}` }),
    ...headers,
  }
}

/** What every answer of the tour must be, in words: `data.status is "PAID"`. */
export function wordsOf(path: string, wanted: unknown): string {
  const what = path === '' ? 'the body' : path
  return wanted instanceof RegExp
    ? `${what} is like ${wanted}`
    : `${what} is ${JSON.stringify(wanted)}`
}
