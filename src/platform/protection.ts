import type { AuditedAction } from '../kernel/audited-action.ts'
import type { RateLimits } from './rate-limits.ts'

/** What stands between a server and the world, beside who may call what. */
export type Protection = {
  /** Which proxies are believed about a caller's address: how many, or theirs. None if undefined. */
  trustProxy: number | string[] | undefined
  /** Headers of every answer. */
  headers: Record<string, string>
  /** Origins whose pages may read answers. */
  origins: readonly string[]
  limits: RateLimits
  recordAction(action: AuditedAction): Promise<void>
}
