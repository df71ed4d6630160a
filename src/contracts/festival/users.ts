import type { FastifyReply } from 'fastify'
import { toPublicId } from '../../kernel/id.ts'
import { creationKey } from '../../platform/idempotency.ts'
import type { Http } from '../../platform/module.ts'
import { logIn } from '../../modules/identity/use-cases/log-in.ts'
import { logOut } from '../../modules/identity/use-cases/log-out.ts'
import { registerUser } from '../../modules/identity/use-cases/register-user.ts'
import { renewSession } from '../../modules/identity/use-cases/renew-session.ts'
import { email, readFields, text } from './fields.ts'
import type { FestivalNeeds } from './needs.ts'
import { fail, ofFestival, refuseOtherMethods, succeed, unavailable } from './replies.ts'

const account = { name: text(100), email, password: text(200) }
const credentials = { email, password: text(200) }
const presented = { refreshToken: text() }
const unknownToken = 'refresh token tidak valid'

export function userRoutes(http: Http, { identity: { ports } }: FestivalNeeds): void {
  http.post('/users', ofFestival, async (request, reply) => {
    const body = readFields(account, request.body)
    if (!body.ok) return fail(reply, 400, body.error)
    const { id } = creationKey(request, 'anyone')
    const made = await registerUser(ports, { ...body.value, id, phone: null })
    if (made.ok) {
      const { name, email } = made.value
      const createdUser = { id: toPublicId('user', made.value.id), name, email }
      return succeed(reply.code(201), 'user berhasil ditambahkan', { createdUser })
    }
    const { error } = made
    if (error.kind === 'email-taken') return fail(reply, 400, 'email sudah digunakan')
    if (error.kind === 'sign-in-overloaded') return unavailable(reply, error.retryAfterSeconds)
    return fail(reply, 422, 'idempotency key sudah digunakan')
  })
  refuseOtherMethods(http, '/users', ['POST'])
  authenticationRoutes(http, ports)
}

function authenticationRoutes(http: Http, ports: FestivalNeeds['identity']['ports']): void {
  http.post('/authentications', ofFestival, async (request, reply) => {
    const body = readFields(credentials, request.body)
    if (!body.ok) return fail(reply, 400, body.error)
    const opened = await logIn(ports, { ...body.value, lasting: true })
    if (opened.ok) {
      const { accessToken, refreshToken } = opened.value
      return succeed(unstored(reply.code(201)), 'authentication berhasil', {
        accessToken,
        refreshToken,
      })
    }
    const { error } = opened
    if (error.kind === 'sign-in-overloaded') return unavailable(reply, error.retryAfterSeconds)
    if (error.kind === 'too-many-logins') {
      reply.header('retry-after', error.retryAfterSeconds)
      return fail(reply, 429, 'terlalu banyak percobaan login, silakan coba lagi nanti')
    }
    return fail(reply, 401, 'kredensial yang Anda berikan salah')
  })

  http.put('/authentications', ofFestival, async (request, reply) => {
    const body = readFields(presented, request.body)
    if (!body.ok) return fail(reply, 400, body.error)
    const renewed = await renewSession(ports, body.value)
    if (!renewed.ok) return fail(reply, 401, unknownToken)
    const { accessToken } = renewed.value
    return succeed(unstored(reply), 'authentication berhasil diperbarui', { accessToken })
  })

  http.delete('/authentications', ofFestival, async (request, reply) => {
    const body = readFields(presented, request.body)
    if (!body.ok) return fail(reply, 400, body.error)
    const ended = await logOut(ports, body.value)
    if (!ended.ok) return fail(reply, 401, unknownToken)
    return succeed(reply, 'authentication berhasil dihapus')
  })
  refuseOtherMethods(http, '/authentications', ['POST', 'PUT', 'DELETE'])
}

/** An answer that holds a secret must not be kept on its way. */
const unstored = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store')
