import type pg from 'pg'
import type { TimelineEntry } from '../../../kernel/timeline.ts'
import type { MailSnapshot } from '../contract.ts'
import type { Mail, MailStatus } from '../domain/mail.ts'

export async function mailsAbout(pool: pg.Pool, orderId: string): Promise<MailSnapshot[]> {
  const { rows } = await pool.query<MailSnapshot>(
    `select id as "mailId", recipient as "to", subject, status
     from notification.mails where order_id = $1 order by created_at, id`,
    [orderId],
  )
  return rows
}

/** The mails about an order as parts of its life: when each was written, and what became of it. */
export async function timelineOf(pool: pg.Pool, orderId: string): Promise<TimelineEntry[]> {
  type Row = {
    createdAt: Date
    subject: string
    handedOverAt: Date | null
    traceId: string | null
    detail: Record<string, unknown>
  }
  const { rows } = await pool.query<Row>(
    `select created_at as "createdAt", subject, handed_over_at as "handedOverAt",
            trace_id as "traceId",
            jsonb_build_object('mailId', id, 'to', recipient, 'status', status,
              'attempts', attempts, 'lastError', last_error) as detail
     from notification.mails where order_id = $1 order by created_at, id`,
    [orderId],
  )
  return rows.map(({ createdAt, subject, handedOverAt, traceId, detail }) => ({
    at: createdAt.toISOString(),
    kind: 'mail',
    what: subject,
    from: 'notification',
    detail: { ...detail, handedOverAt: handedOverAt?.toISOString() ?? null },
    ...(traceId !== null && { traceId }),
  }))
}

/** A mail as the mailbox shows it. */
export type KeptMail = Mail & { status: MailStatus }

const columns = `id, order_id as "orderId", recipient as "to", subject, text_body as text,
  html_body as html, locale, has_e_ticket as "hasETicket", status, created_at as "createdAt"`

/** The latest mails, newest first; only those to an address, whatever its case, when one is given. */
export async function latestMails(
  pool: pg.Pool,
  to: string | undefined,
  mailsMax: number,
): Promise<KeptMail[]> {
  const { rows } = await pool.query<KeptMail>(
    `select ${columns} from notification.mails ${to === undefined ? '' : 'where lower(recipient) = lower($2)'}
     order by created_at desc, id desc limit $1`,
    to === undefined ? [mailsMax] : [mailsMax, to],
  )
  return rows
}

export async function findMail(pool: pg.Pool, mailId: string): Promise<KeptMail | undefined> {
  const { rows } = await pool.query<KeptMail>(
    `select ${columns} from notification.mails where id = $1`,
    [mailId],
  )
  return rows[0]
}
