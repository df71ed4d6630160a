import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fromPublicId } from '../../src/kernel/id.ts'
import { ticketCodes } from '../../src/modules/admission/adapters/ticket-codes.ts'
import type { EventOffer } from '../../src/modules/catalog/contract.ts'
import { differs, drive, driveWarm, verify } from '../drive.ts'
import type { Step } from '../step.ts'
import { makeSold, settleTables } from '../rows.ts'
import {
  atLeast,
  besideNull,
  figuresOf,
  ofNull,
  type Bench,
  type Outcome,
  type Scenario,
} from '../scenario.ts'
import { startCannedServer, startProgram, type Database } from '../servers.ts'
import { call, newAccount, publishEvent, until } from '../shop.ts'

const signingKey = 'key-that-signs-the-tickets-of-the-bench'

/** The doors of one event open: every ticket is scanned once, by its organiser's scanners. */
async function* run({ ground, quick, connections, say }: Bench): AsyncGenerator<Outcome> {
  const tickets = quick ? 1_000 : 30_000
  const level = connections?.[0] ?? 64
  say('starting the program')
  const karcis = await startProgram(ground, { TICKET_SIGNING_KEY: signingKey })
  const organiser = await newAccount(karcis, ['buyer', 'organiser'])
  const { id } = await publishEvent(karcis, organiser, 'Bench Concert', [
    { name: 'Festival', unitPrice: 750_000, capacity: tickets + 1 },
  ])
  const eventId = fromPublicId('event', id)
  if (!eventId.ok) throw new Error(`${id} is no event`)
  const offer = await offerOf(karcis.database, eventId.value)
  say(`making ${tickets} tickets`)
  const ticketType = offer.ticketTypes[0]!
  await makeSold(karcis.database, { offer, ticketType, count: tickets + 1 })
  await settleTables(karcis.database)
  const [first = '', ...codes] = await codesOf(karcis.database, eventId.value)
  const file = path.join(ground.folder, 'codes')
  await writeFile(file, codes.join('\n'))

  const { authorization } = organiser
  const scanned = { eventId: id, code: first }
  const answer = await call(karcis, 'POST /v1/check-ins', scanned, authorization)
  const scan: Step = {
    name: 'check-in',
    method: 'POST',
    path: '/v1/check-ins',
    headers: { Authorization: authorization },
    body: JSON.stringify({ eventId: id, code: '{{line}}' }),
  }
  const load = {
    connections: level,
    buyers: tickets,
    flows: [[scan]],
    lines: { file, by: 'buyer' as const },
    good: ['200'],
  }
  const nothing = await startCannedServer(ground, [
    { method: 'POST', path: scan.path, status: 200, body: JSON.stringify(answer) },
  ])
  say('null server')
  const bare = await driveWarm(ground, nothing, load)
  say(`${tickets} check-ins: karcis`)
  const running = await drive(ground, karcis, load)
  say('every ticket again: none may be let in twice')
  const again = await drive(ground, karcis, { ...load, buyers: Math.min(tickets, 2_000) })

  const beside = besideNull(running.perSecond, bare)
  yield {
    scenario: 'check-ins',
    level: `${level} scanners`,
    unit: 'check-ins',
    figures: { ...figuresOf(running), ...beside },
    targets: [atLeast('check-ins/s', running.perSecond, 3000)],
    problems: [
      ...ofNull(bare.problems),
      ...running.problems,
      ...again.problems,
      ...(await differs(karcis, 'check-ins', tickets + 1, [
        `select count(*) from admission.check_ins where result = 'ok'`,
      ])),
      ...(await differs(karcis, 'redeemed tickets', tickets + 1, [
        'select count(*) from admission.tickets where redeemed_at is not null',
      ])),
      ...(await differs(karcis, 'refused scans', Math.min(tickets, 2_000), [
        `select count(*) from admission.check_ins where result = 'already_redeemed'`,
      ])),
      ...(await verify(karcis)),
    ],
  }
}

async function offerOf({ pool }: Database, eventId: string): Promise<EventOffer> {
  let offer: EventOffer | undefined
  const isThere = await until(async () => {
    const { rows } = await pool.query<{ offer: EventOffer }>(
      `select offer from booking.events where event_id = $1 and offer ->> 'status' = 'published'`,
      [eventId],
    )
    offer = rows[0]?.offer
    return offer !== undefined
  }, 30)
  if (!isThere || !offer) throw new Error('booking did not put the event on sale')
  return offer
}

/** What stands in the QR codes, signed with the key that the program was given. */
async function codesOf({ pool }: Database, eventId: string): Promise<string[]> {
  const seed = createHmac('sha256', signingKey).update('ticket codes').digest()
  const { codeOf } = ticketCodes(seed, [])
  const { rows } = await pool.query<{ id: string }>(
    'select id from admission.tickets where event_id = $1',
    [eventId],
  )
  return rows.map(({ id }) => codeOf({ id, eventId }))
}

export const checkIns: Scenario = { about: 'the tickets of one event, each redeemed once', run }
