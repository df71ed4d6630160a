import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { toPublicId } from '../../kernel/id.ts'
import { identityProblems } from '../../modules/identity/adapters/problems.ts'
import { changePassword } from '../../modules/identity/use-cases/change-password.ts'
import { changeProfile } from '../../modules/identity/use-cases/change-profile.ts'
import { logIn } from '../../modules/identity/use-cases/log-in.ts'
import { registerUser } from '../../modules/identity/use-cases/register-user.ts'
import { principalOf } from '../../platform/http-server.ts'
import { creationKey } from '../../platform/idempotency.ts'
import type { Http } from '../../platform/module.ts'
import { person } from '../../platform/person-schemas.ts'
import { platformProblems } from '../../platform/problems.ts'
import { ofBuyers, own, refusal, refuse, signedIn, type ServicesParts } from './parts.ts'

const newPassword = Type.String({ minLength: 8, maxLength: 200 })
const presentedPassword = Type.String({ maxLength: 200 })

export function userRoutes(http: Http, parts: ServicesParts): void {
  accounts(http, parts)
  profile(http, parts)
}

function accounts(http: Http, { identity }: ServicesParts): void {
  const registration = Type.Object({
    name: person.name,
    email: person.email,
    password: newPassword,
    phone: Type.Optional(person.phone),
  })
  http.post(
    '/register',
    { config: own, schema: { hide: true, body: registration } },
    async (request, reply) => {
      const { name, email, password, phone = null } = request.body
      const { id } = creationKey(request, 'anyone')
      const result = await registerUser(identity, { id, name, email, password, phone })
      if (!result.ok) return refuse(reply, identityProblems, result.error)
      return reply.code(201).send({ data: { user: presentUser(result.value) } })
    },
  )

  const login = Type.Object({ email: Type.String({ maxLength: 254 }), password: presentedPassword })
  http.post(
    '/login',
    { config: own, schema: { hide: true, body: login } },
    async (request, reply) => {
      const { email, password } = request.body
      const result = await logIn(identity, { email, password })
      if (!result.ok) return refuse(reply, identityProblems, result.error)
      const { accessToken, refreshToken } = result.value
      return reply.header('cache-control', 'no-store').send({ data: { accessToken, refreshToken } })
    },
  )
}

const profileChanges = Type.Object(
  {
    name: Type.Optional(person.name),
    phone: Type.Optional(Type.Union([person.phone, Type.Null()])),
    password: Type.Optional(newPassword),
    currentPassword: Type.Optional(presentedPassword),
  },
  { minProperties: 1 },
)

function profile(http: Http, parts: ServicesParts): void {
  const { identity } = parts
  const onRequest = signedIn(parts)

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const user = await identity.users.find(principalOf(request).userId)
    if (!user) return refuse(reply, platformProblems, { kind: 'unauthenticated' })
    return reply.send({ data: { user: presentUser(user) } })
  }

  http.get('/profile', { config: own, schema: { hide: true }, onRequest }, answer)

  http.route({
    method: ['PUT', 'POST'],
    url: '/profile/update',
    config: ofBuyers,
    schema: { hide: true, body: profileChanges },
    onRequest,
    async handler(request, reply) {
      const { userId, sessionId = null } = principalOf(request)
      const { password: newPassword, currentPassword, ...changes } = request.body
      if (newPassword !== undefined) {
        if (currentPassword === undefined) {
          const message = 'A new password needs the currentPassword.'
          return reply.code(400).send(refusal('invalid-request', message))
        }
        const command = { userId, sessionId, currentPassword, newPassword }
        const changed = await changePassword(identity, command)
        if (!changed.ok) return refuse(reply, identityProblems, changed.error)
      }
      const { name, phone } = changes
      await changeProfile(identity, {
        userId,
        ...(name !== undefined && { name }),
        ...(phone !== undefined && { phone }),
      })
      return answer(request, reply)
    },
  })
}

type User = { id: string; name: string; email: string; phone: string | null; createdAt: Date }

const presentUser = ({ id, name, email, phone, createdAt }: User) => ({
  id: toPublicId('user', id),
  name,
  email,
  phone,
  createdAt: createdAt.toISOString(),
})
