import { hash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { SharedPages } from '../../../platform/shared-pages.ts'

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

const group = 'catalog'

export function readyAnswers(options: {
  clock: () => Date
  refreshSeconds: number
  bytesMax: number
  pages: SharedPages
}): ReadyAnswers {
  const { pages, refreshSeconds } = options
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
      const begun = pages.of({ group, key, refreshSeconds }, async () => {
        const body = await make()
        return body && Buffer.from(JSON.stringify(body))
      })
      const answering = begun.then((page) => page && toAnswer(page.bytes))
      making.set(key, answering)
      try {
        const [page, answer] = await Promise.all([begun, answering])
        const current = making.get(key) === answering
        if (current && page && answer) keep(key, answer, now + page.freshMillis)
        return answer
      } finally {
        if (making.get(key) === answering) making.delete(key)
      }
    },

    clear() {
      pages.forget(group)
      kept.clear()
      making.clear()
      bytesKept = 0
    },
  }
}

/** An empty page weighs little, but there may be one for every category anyone thinks of. */
const weightOf = ({ bytes }: ReadyAnswer): number => bytes.length + 500

function toAnswer(bytes: Buffer): ReadyAnswer {
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
