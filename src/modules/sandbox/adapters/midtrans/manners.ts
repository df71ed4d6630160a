import type { SandboxPorts } from '../../ports.ts'
import type { Answer, Manners } from '../operations.ts'
import type { KeptAnswers } from './kept-answers.ts'

/** Refuses as the Core API does: the code stands in the body, and seldom in the HTTP status. */
export const refuse = (code: number, status_message: string, id?: string): Answer => ({
  status: code === 400 || code === 401 || code >= 500 ? code : 200,
  body: { status_code: String(code), status_message, ...(id !== undefined && { id }) },
})

const unknownKey = 'Transaction cannot be authorized with the current client/server key.'

export const midtransManners = (
  key: string,
  ports: SandboxPorts,
  keptAnswers: KeptAnswers,
): Manners => ({
  key,
  unauthorised: refuse(401, unknownKey),
  malformed: (_status, message) => refuse(400, message),
  broken: (status) => ({
    ...refuse(status, 'Sorry, we encountered internal server error.'),
    status,
  }),
  rateLimited: { status: 429, body: { message: 'API rate limit exceeded' } },
  around: (_path, call, answer) => keptAnswers(call, ports, answer),
})

/** Refuses as Snap does. */
export const refuseSnap = (status: number, ...error_messages: string[]): Answer => ({
  status,
  body: { error_messages },
})

export const snapManners = (
  key: string,
  ports: SandboxPorts,
  keptAnswers: KeptAnswers,
): Manners => ({
  ...midtransManners(key, ports, keptAnswers),
  unauthorised: refuseSnap(
    401,
    'Access denied due to unauthorized transaction, please check client or server key',
  ),
  malformed: (_status, message) => refuseSnap(400, message),
  broken: (status) => refuseSnap(status, 'Sorry, we encountered internal server error.'),
})
