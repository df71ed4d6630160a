import { hash } from 'node:crypto'
import type pg from 'pg'
import { fromPublicId } from '../../../kernel/id.ts'
import type { Http } from '../../../platform/module.ts'
import { platformProblems, refuse } from '../../../platform/problems.ts'
import { recentlyUsed } from '../../../platform/recently-used.ts'
import { drawBanner } from '../domain/banner.ts'
import { findBannerTexts } from './queries.ts'

const bannersMax = 200
const freshMillis = 60_000

/** The pictures of events whose organiser has no better one: `/banners/….svg`, drawn when asked for. */
export function bannerRoutes(http: Http, pool: pg.Pool): void {
  const drawn = recentlyUsed<{ banner: string; freshUntil: number }>(bannersMax)

  async function bannerOf(name: string): Promise<string | undefined> {
    const known = drawn.get(name)
    if (known && Date.now() < known.freshUntil) return known.banner
    const eventId = fromPublicId('event', name)
    const path = `/banners/${name}.svg`
    const texts = await findBannerTexts(pool, eventId.ok ? { eventId: eventId.value } : { path })
    if (!texts) return undefined
    const banner = drawBanner(texts)
    drawn.set(name, { banner, freshUntil: Date.now() + freshMillis })
    return banner
  }

  http.get<{ Params: { name: string } }>(
    '/banners/:name.svg',
    { schema: { hide: true } },
    async (request, reply) => {
      const banner = await bannerOf(request.params.name)
      if (banner === undefined) return refuse(reply, platformProblems, { kind: 'not-found' })
      return reply
        .type('image/svg+xml')
        .header('cache-control', 'public, max-age=3600')
        .header('etag', `"${hash('sha256', banner, 'base64url')}"`)
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('x-content-type-options', 'nosniff')
        .send(banner)
    },
  )
}
