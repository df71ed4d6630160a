import { err, ok, type Result } from '../../../kernel/result.ts'
import { idCardBytesMax, pictureType } from '../domain/id-card.ts'
import type { IdentityPorts } from '../ports.ts'

export type KeepIdCardError = { kind: 'id-card-not-a-picture' } | { kind: 'id-card-too-large' }

/** Keeps the picture of a user's identity card in the place of the one before. */
export async function keepIdCard(
  { idCards, clock }: Pick<IdentityPorts, 'idCards' | 'clock'>,
  { userId, content }: { userId: string; content: Uint8Array },
): Promise<Result<void, KeepIdCardError>> {
  if (content.length > idCardBytesMax) return err({ kind: 'id-card-too-large' })
  const contentType = pictureType(content)
  if (!contentType) return err({ kind: 'id-card-not-a-picture' })
  await idCards.keep(userId, { contentType, content }, clock())
  return ok(undefined)
}
