import { fromPublicId, toPublicId } from '../../kernel/id.ts'
import type { Http } from '../../platform/module.ts'
import { listEvents } from '../../modules/catalog/adapters/queries.ts'
import type { CatalogPorts } from '../../modules/catalog/ports.ts'
import type { FestivalNeeds } from './needs.ts'
import { fail, ofFestival, refuseOtherMethods, succeed } from './replies.ts'

type Festival = NonNullable<Awaited<ReturnType<CatalogPorts['events']['find']>>>

/** Which of the events on sale are festivals, in their organisers' word. */
const category = 'festival'
const festivalsMax = 1_000

export function festivalRoutes(http: Http, needs: FestivalNeeds): void {
  const { pool, clock, catalog } = needs

  http.get('/festivals', ofFestival, async (_request, reply) => {
    const page = { after: undefined, limit: festivalsMax }
    const { events } = await listEvents(pool, { category }, page, clock())
    return succeed(reply, 'list of festivals', { festivals: events.map(present) })
  })
  refuseOtherMethods(http, '/festivals', ['GET'])

  http.get<{ Params: { id: string } }>('/festivals/:id', ofFestival, async (request, reply) => {
    const { id } = request.params
    const festival = await findFestival(catalog.ports, id)
    if (!festival) return fail(reply, 404, 'festival tidak ditemukan')
    return succeed(reply, `festival of ${id}`, { festival: present(festival) })
  })
  refuseOtherMethods(http, '/festivals/:id', ['GET'])
}

/** A published festival by its public id. */
export async function findFestival(
  { events }: Pick<CatalogPorts, 'events'>,
  publicId: string,
): Promise<Festival | undefined> {
  const id = fromPublicId('festival', publicId)
  const event = id.ok ? await events.find(id.value) : undefined
  return event?.status === 'published' && event.category === category ? event : undefined
}

/** A festival has one ticket type; of more, the first is the one that is sold here. */
const present = (event: Festival) => ({
  id: toPublicId('festival', event.id),
  title: event.title,
  description: event.description,
  facilities: event.facilities,
  refundable: event.refundable,
  banner: event.bannerPath ?? `/banners/${toPublicId('event', event.id)}.svg`,
  price: event.ticketTypes[0]?.unitPrice ?? 0,
  location: event.location,
})
