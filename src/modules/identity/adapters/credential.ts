import type { FastifyRequest } from 'fastify'
import type { Principal } from '../../../kernel/principal.ts'
import type { Credential, IdentityApi } from '../contract.ts'

/** What a request carries to prove who is asking: a bearer token, else an API key. */
export function credentialOf(request: Pick<FastifyRequest, 'headers'>): Credential | undefined {
  const { authorization, 'x-api-key': key } = request.headers
  if (authorization !== undefined) {
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1]
    return token ? { kind: 'access-token', token } : undefined
  }
  return typeof key === 'string' ? { kind: 'api-key', key } : undefined
}

/** Who is asking, for `createHttpServer`. */
export const requestAuthenticator =
  (identity: Pick<IdentityApi, 'authenticate'>) =>
  async (request: FastifyRequest): Promise<Principal | undefined> => {
    const credential = credentialOf(request)
    return credential && identity.authenticate(credential)
  }
