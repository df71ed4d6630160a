import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IdentityApi } from '../../modules/identity/contract.ts'
import { fail } from './replies.ts'

/** Lets in who shows a valid access token as `Authorization: Bearer`. */
export const signedIn =
  (identity: Pick<IdentityApi, 'authenticate'>) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const token = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    request.principal = token
      ? await identity.authenticate({ kind: 'access-token', token })
      : undefined
    if (request.principal) return
    const message = 'access token tidak ada, tidak valid, atau sudah kedaluwarsa'
    await fail(reply.header('www-authenticate', 'Bearer'), 401, message)
  }
