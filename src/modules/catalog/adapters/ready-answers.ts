import { hash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** An answer as it goes over the wire, and its strong ETag. */
type ReadyAnswer = { bytes: Buffer; etag: string }

/** Ready-made answers by key, so that a read costs the same for one reader and for a million. */
export type ReadyAnswers = {
  /**
   * The answer under this key, made anew when it is too old. Readers who meet it being made wait
   * for that one. What `make` resolves to undefined is not kept.
   */
  get(key: string, make: () => Promise<object | undefined>): Promise<ReadyAnswer | undefined>
  /** Forgets all answers, also those being made: they may show what was before the change. */
  clear(): void
}

export function readyAnswers(options: {
  clock: () => Date
  refreshSeconds: number
  bytesMax: number
}): ReadyAnswers {
  const kept = new Map<string, ReadyAnswer & { freshUntil: number }>()
  const making = new Map<string, Promise<ReadyAnswer | undefined>>()
  let bytesKept = 0

  const forget = (key: string) => {
    const answer = kept.get(key)
    if (answer) bytesKept -= weightOf(answer)
    kept.delete(key)
  }

  /** The oldest go first; an answer in demand was made anew lately and so is never among them. */
  const keep = (key: string, answer: ReadyAnswer, freshUntil: number) => {
    forget(key)
    kept.set(key, { ...answer, freshUntil })
    bytesKept += weightOf(answer)
    for (const oldest of kept.keys()) {
      if (bytesKept <= options.bytesMax) return
      forget(oldest)
    }
  }

  return {
    async get(key, make) {
      const now = options.clock().getTime()
      const known = kept.get(key)
      if (known && now < known.freshUntil) return known

      const underWay = making.get(key)
      if (underWay) return underWay
      const begun = make().then((body) => body && toAnswer(body))
      making.set(key, begun)
      try {
        const answer = await begun
        const current = making.get(key) === begun
        if (current && answer) keep(key, answer, now + options.refreshSeconds * 1_000)
        return answer
      } finally {
        if (making.get(key) === begun) making.delete(key)
      }
    },

    clear() {
      kept.clear()
      making.clear()
      bytesKept = 0
    },
  }
}

/** An empty page weighs little, but there may be one for every category anyone thinks of. */
const weightOf = ({ bytes }: ReadyAnswer): number => bytes.length + 500

function toAnswer(body: object): ReadyAnswer {
  const bytes = Buffer.from(JSON.stringify(body))
  return { bytes, etag: `"${hash('sha256', bytes, 'base64url')}"` }
}

/** Answers with the bytes, or 304 when the caller has them already (RFC 9110, 13.1.2). */
export function sendReady(
  reply: FastifyReply,
  { bytes, etag }: ReadyAnswer,
  sharedCacheSeconds: number,
): FastifyReply {
  reply.header('etag', etag)
  reply.header('cache-control', `public, max-age=0, s-maxage=${sharedCacheSeconds}`)
  const known = reply.request.headers['if-none-match']?.split(',').map((tag) => tag.trim()) ?? []
  if (known.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag)) {
    return reply.code(304).send()
  }
  return reply.type('application/json; charset=utf-8').send(bytes)
}
