import type pg from 'pg'
import { checkInOf, refusalOf, type Scan, type Ticket, type Verdict } from '../domain/check-in.ts'
import type { AdmissionPorts } from '../ports.ts'
import { ticketColumns } from './queries.ts'

/** The doors of all events, on PostgreSQL. */
export function postgresDoors(pool: pg.Pool): AdmissionPorts['doors'] {
  return {
    async redeem(scan) {
      for (;;) {
        const admitted = await admit(pool, scan)
        if (admitted) return checkInOf('ok', admitted)

        const { ticket, earlier } = await lookUp(pool, scan)
        if (earlier) return checkInOf(earlier, ticket)
        const refusal = refusalOf(ticket, scan.eventId)
        if (refusal) {
          await logRefusal(pool, scan, refusal)
          return checkInOf(refusal, ticket)
        }
        // It became valid in between: issued or paid again. Ask once more.
      }
    },
  }
}

/**
 * The guarded update that decides every race: its row lock makes doors wait for each other, and
 * the second finds the ticket redeemed. The scan is logged by the same statement.
 */
async function admit(pool: pg.Pool, scan: Scan): Promise<Ticket | undefined> {
  if (!scan.ticketId) return undefined
  const { rows } = await pool.query<Ticket>(
    `with redeemed as (
       update admission.tickets
       set redeemed_at = greatest($3::timestamptz, issued_at), redeemed_by = $4
       where id = $1 and event_id = $2 and redeemed_at is null and not revoked
       returning *
     ), logged as (
       insert into admission.check_ins (id, event_id, ticket_id, result, scanned_at, scanned_by)
       select $5, event_id, id, 'ok', $3, $4 from redeemed
       on conflict (id) do update set result = excluded.result
     )
     select ${ticketColumns} from redeemed`,
    [scan.ticketId, scan.eventId, scan.scannedAt, scan.scannedBy, scan.id],
  )
  return rows[0]
}

/** The scanned ticket, and the verdict on this very scan when it was sent before. */
async function lookUp(
  pool: pg.Pool,
  scan: Scan,
): Promise<{ ticket: Ticket | undefined; earlier: Verdict | undefined }> {
  const tickets = await pool.query<Ticket>(
    `select ${ticketColumns} from admission.tickets where id = $1`,
    [scan.ticketId ?? null],
  )
  const scans = await pool.query<{ result: Verdict }>(
    'select result from admission.check_ins where id = $1',
    [scan.id],
  )
  return { ticket: tickets.rows[0], earlier: scans.rows[0]?.result }
}

async function logRefusal(pool: pg.Pool, scan: Scan, refusal: Verdict): Promise<void> {
  await pool.query(
    `insert into admission.check_ins (id, event_id, ticket_id, result, scanned_at, scanned_by)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do nothing`,
    [scan.id, scan.eventId, scan.ticketId ?? null, refusal, scan.scannedAt, scan.scannedBy],
  )
}
