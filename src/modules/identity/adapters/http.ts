import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { bareId, toPublicId } from '../../../kernel/id.ts'
import { principalOf } from '../../../platform/http-server.ts'
import { creationKey, idempotencyHeaders } from '../../../platform/idempotency.ts'
import type { Http } from '../../../platform/module.ts'
import { person } from '../../../platform/person-schemas.ts'
import { only, platformProblems, refuse } from '../../../platform/problems.ts'
import type { IdentityPorts } from '../ports.ts'
import { changePassword } from '../use-cases/change-password.ts'
import { changeProfile } from '../use-cases/change-profile.ts'
import { createApiKey } from '../use-cases/create-api-key.ts'
import { logIn } from '../use-cases/log-in.ts'
import { logOut } from '../use-cases/log-out.ts'
import { refreshSession } from '../use-cases/refresh-session.ts'
import { registerUser } from '../use-cases/register-user.ts'
import { revokeApiKey } from '../use-cases/revoke-api-key.ts'
import { setUserRoles } from '../use-cases/set-user-roles.ts'
import { identityProblems } from './problems.ts'
import * as schemas from './schemas.ts'

const tags = ['identity']
const exact = { additionalProperties: false }
const phone = Type.Union([person.phone, Type.Null()])

const notRegistered = only(
  identityProblems,
  'email-taken',
  'idempotency-key-reused',
  'sign-in-overloaded',
)
const notLoggedIn = only(
  identityProblems,
  'invalid-credentials',
  'too-many-logins',
  'sign-in-overloaded',
)
const notRefreshed = only(identityProblems, 'invalid-refresh-token')
const unknownUser = only(identityProblems, 'user-not-found')
const passwordNotChanged = only(
  identityProblems,
  'wrong-password',
  'too-many-logins',
  'sign-in-overloaded',
)
const keyNotCreated = only(identityProblems, 'too-many-api-keys', 'idempotency-key-reused')
const unknownKey = only(identityProblems, 'api-key-not-found')
const rolesNotSet = only(identityProblems, 'user-not-found', 'own-admin-role')

export function identityRoutes(http: Http, ports: IdentityPorts): void {
  registration(http, ports)
  sessions(http, ports)
  profile(http, ports)
  password(http, ports)
  apiKeys(http, ports)
  users(http, ports)
}

function registration(http: Http, ports: IdentityPorts): void {
  const { name, email } = person
  http.post(
    '/auth/register',
    {
      config: { access: 'own-credentials', problems: notRegistered },
      schema: {
        operationId: 'registerUser',
        summary: 'Make an account.',
        tags,
        headers: idempotencyHeaders,
        body: Type.Object(
          { name, email, password: schemas.newPassword, phone: Type.Optional(phone) },
          {
            ...exact,
            examples: [
              { name: 'Sari Wijaya', email: 'sari@example.com', password: 'rahasia sekali' },
            ],
          },
        ),
        response: { 201: schemas.userReply },
      },
    },
    async (request, reply) => {
      const { id } = creationKey(request, 'anyone')
      const result = await registerUser(ports, { phone: null, ...request.body, id })
      if (!result.ok) return refuse(sayWhen(reply, result.error), notRegistered, result.error)
      return reply.code(201).send(schemas.presentUser(result.value))
    },
  )
}

function sessions(http: Http, ports: IdentityPorts): void {
  http.post(
    '/auth/login',
    {
      config: { access: 'own-credentials', problems: notLoggedIn },
      schema: {
        operationId: 'logIn',
        summary: 'Open a session: an access token, and a refresh token to get the next one.',
        tags,
        body: Type.Object(
          { email: Type.String({ maxLength: 254 }), password: schemas.presentedPassword },
          { ...exact, examples: [{ email: 'sari@example.com', password: 'rahasia sekali' }] },
        ),
        response: { 200: schemas.tokensReply },
      },
    },
    async (request, reply) => {
      const result = await logIn(ports, request.body)
      return result.ok
        ? unstored(reply).send(result.value)
        : refuse(sayWhen(reply, result.error), notLoggedIn, result.error)
    },
  )

  http.post(
    '/auth/refresh',
    {
      config: { access: 'own-credentials', problems: notRefreshed },
      schema: {
        operationId: 'refreshSession',
        summary: 'Trade a refresh token, which is good for one use, for new tokens.',
        tags,
        body: schemas.refreshTokenBody,
        response: { 200: schemas.tokensReply },
      },
    },
    async (request, reply) => {
      const result = await refreshSession(ports, request.body)
      if (!result.ok) return refuse(reply, notRefreshed, result.error)
      return unstored(reply).send(result.value)
    },
  )

  http.post(
    '/auth/logout',
    {
      config: { access: 'own-credentials', problems: notRefreshed },
      schema: {
        operationId: 'logOut',
        summary: 'End the session of a refresh token.',
        tags,
        body: schemas.refreshTokenBody,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const result = await logOut(ports, request.body)
      if (!result.ok) return refuse(reply, notRefreshed, result.error)
      return reply.code(204).send(null)
    },
  )
}

function profile(http: Http, ports: IdentityPorts): void {
  http.get(
    '/auth/me',
    {
      config: { access: 'signed-in', scope: 'profile:read' },
      schema: {
        operationId: 'getProfile',
        summary: 'Your profile.',
        tags,
        response: { 200: schemas.userReply },
      },
    },
    async (request, reply) => {
      const user = await ports.users.find(principalOf(request).userId)
      if (!user) return refuse(reply, platformProblems, { kind: 'unauthenticated' })
      return reply.send(schemas.presentUser(user))
    },
  )

  http.patch(
    '/auth/me',
    {
      config: {
        access: 'signed-in',
        scope: 'profile:write',
        forBuyers: true,
        problems: unknownUser,
      },
      schema: {
        operationId: 'changeProfile',
        summary: 'Change your name or phone number.',
        tags,
        body: Type.Object({ name: Type.Optional(person.name), phone: Type.Optional(phone) }, exact),
        response: { 200: schemas.userReply },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const result = await changeProfile(ports, { ...request.body, userId })
      if (!result.ok) return refuse(reply, unknownUser, result.error)
      return reply.send(schemas.presentUser(result.value))
    },
  )
}

function password(http: Http, ports: IdentityPorts): void {
  http.post(
    '/auth/password',
    {
      // No scope: a key that leaks must not take the account with it. Nor may it make more keys.
      config: { access: 'signed-in', forBuyers: true, problems: passwordNotChanged },
      schema: {
        operationId: 'changePassword',
        summary: 'Change your password and end your other sessions.',
        tags,
        body: Type.Object(
          { currentPassword: schemas.presentedPassword, newPassword: schemas.newPassword },
          exact,
        ),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { userId, sessionId = null } = principalOf(request)
      const result = await changePassword(ports, { ...request.body, userId, sessionId })
      return result.ok
        ? reply.code(204).send(null)
        : refuse(sayWhen(reply, result.error), passwordNotChanged, result.error)
    },
  )
}

function apiKeys(http: Http, ports: IdentityPorts): void {
  http.post(
    '/api-keys',
    {
      config: {
        access: 'signed-in',
        forBuyers: true,
        auditedFields: ['scopes'],
        problems: keyNotCreated,
      },
      schema: {
        operationId: 'createApiKey',
        summary: 'Make an API key, which acts for you within its scopes. It is shown once.',
        tags,
        headers: idempotencyHeaders,
        body: Type.Object({ name: person.name, scopes: schemas.scopes }, exact),
        response: { 201: schemas.newApiKeyReply },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const idempotencyKey = request.headers['idempotency-key']
      const { id } = creationKey(request, userId)
      const command = { ...request.body, id, userId, idempotencyKey }
      const result = await createApiKey(ports, command)
      if (!result.ok) return refuse(reply, keyNotCreated, result.error)
      const { apiKey, key } = result.value
      return unstored(reply.code(201)).send({ ...schemas.presentApiKey(apiKey), key })
    },
  )

  http.get(
    '/api-keys',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'listApiKeys',
        summary: 'Your API keys that are not revoked, newest first.',
        tags,
        response: { 200: Type.Object({ apiKeys: Type.Array(schemas.apiKeyReply) }) },
      },
    },
    async (request) => {
      const found = await ports.apiKeys.ofUser(principalOf(request).userId)
      return { apiKeys: found.map(schemas.presentApiKey) }
    },
  )

  http.delete(
    '/api-keys/:apiKeyId',
    {
      config: { access: 'signed-in', forBuyers: true, problems: unknownKey },
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Make an API key useless, at once and for good.',
        tags,
        params: Type.Object({ apiKeyId: schemas.apiKeyId }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const id = bareId('apikey', request.params.apiKeyId)
      const result = await revokeApiKey(ports, { id, userId })
      if (!result.ok) return refuse(reply, unknownKey, result.error)
      return reply.code(204).send(null)
    },
  )
}

function users(http: Http, ports: IdentityPorts): void {
  const page = Type.Object({
    users: Type.Array(schemas.userReply),
    nextCursor: Type.Union([schemas.userId, Type.Null()]),
  })
  http.get(
    '/users',
    {
      config: { access: ['admin'], scope: 'users:read' },
      schema: {
        operationId: 'listUsers',
        summary: 'Users, newest first; `q` is part of a name or an e-mail address.',
        tags,
        querystring: Type.Object({
          q: Type.Optional(Type.String({ maxLength: 254 })),
          cursor: Type.Optional(schemas.userId),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
        }),
        response: { 200: page },
      },
    },
    async (request) => {
      const { q = null, cursor, limit = 20 } = request.query
      const after = cursor === undefined ? null : bareId('user', cursor)
      const found = await ports.users.page({ q, after, limit: limit + 1 })
      const last = found.length > limit ? found[limit - 1] : undefined
      const nextCursor = last ? toPublicId('user', last.id) : null
      return { users: found.slice(0, limit).map(schemas.presentUser), nextCursor }
    },
  )

  http.put(
    '/users/:userId/roles',
    {
      config: {
        access: ['admin'],
        scope: 'users:write',
        auditedFields: ['roles'],
        problems: rolesNotSet,
      },
      schema: {
        operationId: 'setUserRoles',
        summary: 'Give a user exactly these roles. Everyone is a buyer besides.',
        tags,
        params: Type.Object({ userId: schemas.userId }),
        body: Type.Object({ roles: schemas.roles }, exact),
        response: { 200: schemas.userReply },
      },
    },
    async (request, reply) => {
      const userId = bareId('user', request.params.userId)
      const { roles } = request.body
      const adminId = principalOf(request).userId
      const result = await setUserRoles(ports, { userId, roles, adminId })
      if (!result.ok) return refuse(reply, rolesNotSet, result.error)
      return reply.send(schemas.presentUser(result.value))
    },
  )
}

/** An answer that holds a secret must not be kept on its way. */
const unstored = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store')

/** Says when to come again, if waiting helps. */
function sayWhen(
  reply: FastifyReply,
  error: { kind: string; retryAfterSeconds?: number },
): FastifyReply {
  const { kind, retryAfterSeconds } = error
  if (retryAfterSeconds === undefined) return reply
  if (kind === 'too-many-logins') {
    reply.header('ratelimit', `"failed-logins";r=0;t=${retryAfterSeconds}`)
  }
  return reply.header('retry-after', retryAfterSeconds)
}
