import { err, ok, type Result } from '../../../kernel/result.ts'
import type { User } from '../domain/user.ts'
import type { IdentityPorts, ProfileChange } from '../ports.ts'

export async function changeProfile(
  ports: IdentityPorts,
  { userId, ...change }: ProfileChange & { userId: string },
): Promise<Result<User, { kind: 'user-not-found' }>> {
  const user = await ports.users.changeProfile(userId, change)
  return user ? ok(user) : err({ kind: 'user-not-found' })
}
