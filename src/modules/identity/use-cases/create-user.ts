import type { Role } from '../../../kernel/principal.ts'
import { ok, type Result } from '../../../kernel/result.ts'
import type { User } from '../domain/user.ts'
import type { IdentityPorts, SignInOverloaded } from '../ports.ts'

export type CreateUser = {
  id: string
  name: string
  email: string
  phone: string | null
  /** Null for a buyer who is known by e-mail alone. */
  password: string | null
  roles: readonly Role[]
}

/**
 * Makes a user with a given id and roles. Repeating an id changes nothing, costs no slow hash and
 * answers its user.
 */
export async function createUser(
  ports: IdentityPorts,
  { password, ...user }: CreateUser,
): Promise<Result<User, { kind: 'email-taken' } | SignInOverloaded>> {
  const existing = await ports.users.find(user.id)
  if (existing) return ok(existing)
  const hashed =
    password === null
      ? ok(null)
      : await ports.passwords.inTurn(() => ports.passwords.hash(password))
  if (!hashed.ok) return hashed
  return ports.users.add({ ...user, passwordHash: hashed.value, createdAt: ports.clock() })
}
