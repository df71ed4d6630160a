import { Type } from 'typebox'
import { publicIdPattern, toPublicId } from '../../../kernel/id.ts'
import { apiKeyScopes } from '../contract.ts'
import { apiKeyPrefix, type ApiKey } from '../domain/api-key.ts'
import type { User } from '../domain/user.ts'

const instant = Type.String({ format: 'date-time' })

/** A password that is chosen; one that is presented may be anything but long. */
export const newPassword = Type.String({ minLength: 8, maxLength: 200 })
export const presentedPassword = Type.String({ maxLength: 200 })

export const refreshTokenBody = Type.Object(
  { refreshToken: Type.String({ maxLength: 200 }) },
  { additionalProperties: false },
)

export const roles = Type.Array(
  Type.Union([
    Type.Literal('buyer'),
    Type.Literal('organiser'),
    Type.Literal('staff'),
    Type.Literal('admin'),
  ]),
  { uniqueItems: true, maxItems: 4 },
)

export const scopes = Type.Array(Type.Enum([...apiKeyScopes]), {
  minItems: 1,
  maxItems: apiKeyScopes.length,
  uniqueItems: true,
})

export const userId = Type.String({ pattern: publicIdPattern('user') })
export const apiKeyId = Type.String({ pattern: publicIdPattern('apikey') })

export const userReply = Type.Object({
  id: userId,
  name: Type.String(),
  email: Type.String(),
  phone: Type.Union([Type.String(), Type.Null()]),
  roles,
  createdAt: instant,
})

export const presentUser = ({ id, name, email, phone, roles, createdAt }: User) => ({
  id: toPublicId('user', id),
  name,
  email,
  phone,
  roles: [...roles],
  createdAt: createdAt.toISOString(),
})

export const tokensReply = Type.Object({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  expiresInSeconds: Type.Integer(),
  expiresAt: instant,
})

export const apiKeyReply = Type.Object({
  id: apiKeyId,
  name: Type.String(),
  prefix: Type.String({ description: 'How the key begins, to recognise it by.' }),
  scopes,
  createdAt: instant,
  lastUsedAt: Type.Union([instant, Type.Null()]),
})

export const newApiKeyReply = Type.Object({
  ...apiKeyReply.properties,
  key: Type.String({ description: 'Shown in this answer and never again.' }),
})

export const presentApiKey = ({ id, name, scopes, createdAt, lastUsedAt }: ApiKey) => ({
  id: toPublicId('apikey', id),
  name,
  prefix: apiKeyPrefix(id),
  scopes: [...scopes],
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
})
