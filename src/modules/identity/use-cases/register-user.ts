import { err, type Result } from '../../../kernel/result.ts'
import type { User } from '../domain/user.ts'
import type { IdentityPorts, SignInOverloaded } from '../ports.ts'

export type RegisterUser = {
  /** New, or the one that the request's Idempotency-Key stands for. */
  id: string
  name: string
  email: string
  phone: string | null
  password: string
}

export type RegisterUserError =
  { kind: 'email-taken' } | { kind: 'idempotency-key-reused' } | SignInOverloaded

/**
 * Makes a buyer, also of an address that is known from an order without an account. That order
 * does not become theirs: nothing here proves that the caller can read its mail.
 */
export async function registerUser(
  ports: IdentityPorts,
  { id, password, ...person }: RegisterUser,
): Promise<Result<User, RegisterUserError>> {
  const { passwords } = ports
  const hashed = await passwords.inTurn(() => passwords.hash(password))
  if (!hashed.ok) return hashed
  const passwordHash = hashed.value
  const createdAt = ports.clock()
  const added = await ports.users.add({ id, ...person, passwordHash, roles: ['buyer'], createdAt })

  // Every hash has a salt of its own: another one is that of an earlier request with this key.
  // The requests are compared by their effect, because a plain digest of a body that holds a
  // password would give the password away.
  if (!added.ok || added.value.passwordHash === passwordHash) return added
  const { name, email, phone, passwordHash: earlierHash } = added.value
  if (name !== person.name || email !== person.email || phone !== person.phone) {
    return err({ kind: 'idempotency-key-reused' })
  }
  const verified = await passwords.inTurn(() => passwords.verify(password, earlierHash))
  if (!verified.ok) return verified
  return verified.value ? added : err({ kind: 'idempotency-key-reused' })
}
