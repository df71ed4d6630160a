import type pg from 'pg'
import { counter } from '../../../platform/metrics.ts'
import { currentSpan } from '../../../platform/request-context.ts'
import type { MailStatus } from '../domain/mail.ts'
import type { NotificationPorts } from '../ports.ts'

/**
 * A claim is renewed for as long as its process lives, so one that was not for so long is left
 * over from a crash, however slow the mail server is.
 */
const claimMillis = 20_000

const settled = counter(
  'karcis_mails_total',
  'Attempts to hand a mail over: sent to the mail server, captured because there is none, or failed.',
  'status',
)
for (const status of ['sent', 'captured', 'failed']) settled.inc({ status }, 0)

/** The mails, on PostgreSQL. Claims run by its clock, which all processes share. */
export function postgresMails(
  pool: pg.Pool,
  lastsMillis = claimMillis,
): NotificationPorts['mails'] {
  const until = `now() + interval '${lastsMillis} milliseconds'`
  const claims = renewed(lastsMillis / 4, (ids) =>
    pool.query(
      `update notification.mails set claimed_until = ${until}
       where id = any ($1) and claimed_until is not null`,
      [ids],
    ),
  )
  return {
    async claim(mail) {
      const claimed = await pool.query(
        `insert into notification.mails as m (id, order_id, recipient, subject, text_body, html_body,
           locale, has_e_ticket, status, attempts, claimed_until, created_at, trace_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 1,
           ${until}, $9, $10)
         on conflict (id) do update
           set attempts = m.attempts + 1, claimed_until = excluded.claimed_until
           where m.status in ('waiting', 'failed')
             and (m.claimed_until is null or m.claimed_until <= now())
         returning id`,
        [
          mail.id,
          mail.orderId,
          mail.to,
          mail.subject,
          mail.text,
          mail.html,
          mail.locale,
          mail.hasETicket,
          mail.createdAt,
          currentSpan()?.recorded ? currentSpan()?.traceId : null,
        ],
      )
      if (claimed.rowCount === 1) {
        claims.add(mail.id)
        return 'claimed'
      }
      const { rows } = await pool.query<{ status: MailStatus }>(
        'select status from notification.mails where id = $1',
        [mail.id],
      )
      return rows[0]?.status === 'sent' || rows[0]?.status === 'captured' ? 'done' : 'busy'
    },

    async settle(mailId, { status, at, error }) {
      // First: if this cannot be written, the claim must run out.
      claims.delete(mailId)
      await pool.query(
        `update notification.mails
         set status = $2, last_error = $3, claimed_until = null,
           handed_over_at = case when $2 in ('sent', 'captured') then $4::timestamptz end
         where id = $1`,
        [mailId, status, error ?? null, at],
      )
      settled.inc({ status })
    },
  }
}

/** Renews what is in it now and then; one renewal that fails is made up for by the next. */
function renewed(everyMillis: number, renew: (ids: string[]) => Promise<unknown>) {
  const ids = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  return {
    add(id: string): void {
      ids.add(id)
      timer ??= setInterval(() => void renew([...ids]).catch(() => {}), everyMillis).unref()
    },
    delete(id: string): void {
      ids.delete(id)
      if (ids.size > 0) return
      clearInterval(timer)
      timer = undefined
    },
  }
}
