/**
 * Lets calls to one account of a gateway pass: at most `burst` at once, `perSecond` in the long
 * run. Sales go first; what can wait gets at most half. The rate is per process; what several
 * processes send too much the gateway answers with 429, and all of this process's calls then pause.
 * Once the signal is aborted every call has its turn at once: none of them is made any more.
 */
export type CallPacer = {
  /** Resolves when the call may be made. */
  turn(urgency: Urgency): Promise<void>
  /** The gateway wants no call for so long. */
  pause(millis: number): void
}
export type Urgency = 'sale' | 'unhurried'

type Bucket = { tokens: number; readonly perMilli: number; readonly burst: number }

const pauseMillisMax = 60_000

export function callPacer(
  { perSecond, burst }: { perSecond: number; burst: number },
  signal?: AbortSignal,
): CallPacer {
  if (perSecond === Infinity) return { turn: async () => {}, pause() {} }

  const all: Bucket = { tokens: burst, perMilli: perSecond / 1_000, burst }
  const share = Math.max(1, burst / 2)
  const unhurried: Bucket = { tokens: share, perMilli: perSecond / 2_000, burst: share }
  const waiting: Record<Urgency, (() => void)[]> = { sale: [], unhurried: [] }
  let filledAt = performance.now()
  let pausedUntil = 0
  let timer: NodeJS.Timeout | undefined

  /** All at once when nothing is to be waited for any more. */
  function leave(): void {
    clearTimeout(timer)
    for (const next of [...waiting.sale.splice(0), ...waiting.unhurried.splice(0)]) next()
  }
  signal?.addEventListener('abort', leave)

  function pass(): void {
    if (signal?.aborted) return leave()
    clearTimeout(timer)
    const now = performance.now()
    for (const bucket of [all, unhurried]) {
      bucket.tokens = Math.min(bucket.burst, bucket.tokens + (now - filledAt) * bucket.perMilli)
    }
    filledAt = now
    while (now >= pausedUntil && all.tokens >= 1) {
      const sale = waiting.sale.shift()
      if (!sale && (unhurried.tokens < 1 || waiting.unhurried.length === 0)) break
      if (!sale) unhurried.tokens--
      all.tokens--
      const next = sale ?? waiting.unhurried.shift()
      next?.()
    }
    wait(now)
  }

  function wait(now: number): void {
    if (waiting.sale.length + waiting.unhurried.length === 0) return
    const lack = (bucket: Bucket) => Math.max(0, 1 - bucket.tokens) / bucket.perMilli
    const turn = waiting.sale.length > 0 ? lack(all) : Math.max(lack(all), lack(unhurried))
    timer = setTimeout(pass, Math.ceil(Math.max(turn, pausedUntil - now, 1)))
  }

  return {
    turn: (urgency) =>
      new Promise((resolve) => {
        waiting[urgency].push(resolve)
        pass()
      }),
    pause(millis) {
      pausedUntil = Math.max(pausedUntil, performance.now() + Math.min(millis, pauseMillisMax))
    },
  }
}
