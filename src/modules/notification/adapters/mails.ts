import type pg from 'pg'
import { counter } from '../../../platform/metrics.ts'
import { currentSpan } from '../../../platform/request-context.ts'
import type { MailStatus } from '../domain/mail.ts'
import type { NotificationPorts } from '../ports.ts'

/** Longer than any conversation with a mail server may take; after it a claim counts as a crash. */
const claimMinutes = 5

const settled = counter(
  'karcis_mails_total',
  'Attempts to hand a mail over: sent to the mail server, captured because there is none, or failed.',
  'status',
)
for (const status of ['sent', 'captured', 'failed']) settled.inc({ status }, 0)

/** The mails, on PostgreSQL. */
export function postgresMails(pool: pg.Pool): NotificationPorts['mails'] {
  return {
    async claim(mail, now) {
      const claimed = await pool.query(
        `insert into notification.mails as m (id, order_id, recipient, subject, text_body, html_body,
           locale, has_e_ticket, status, attempts, claimed_until, created_at, trace_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 1,
           $9::timestamptz + interval '${claimMinutes} minutes', $10, $11)
         on conflict (id) do update
           set attempts = m.attempts + 1, claimed_until = excluded.claimed_until
           where m.status in ('waiting', 'failed')
             and (m.claimed_until is null or m.claimed_until <= $9)
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
          now,
          mail.createdAt,
          currentSpan()?.recorded ? currentSpan()?.traceId : null,
        ],
      )
      if (claimed.rowCount === 1) return 'claimed'
      const { rows } = await pool.query<{ status: MailStatus }>(
        'select status from notification.mails where id = $1',
        [mail.id],
      )
      return rows[0]?.status === 'sent' || rows[0]?.status === 'captured' ? 'done' : 'busy'
    },

    async settle(mailId, { status, at, error }) {
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
