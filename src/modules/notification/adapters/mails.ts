import assert from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { counter } from '../../../platform/metrics.ts'
import { outage } from '../../../platform/postgres.ts'
import { currentSpan } from '../../../platform/request-context.ts'
import type { Mail, MailStatus } from '../domain/mail.ts'
import type { Claim, NotificationPorts } from '../ports.ts'

/**
 * A claim is renewed for as long as its process lives, so one that was not for so long is left
 * over from a crash, however slow the mail server is.
 */
const claimMillis = 20_000
const persistMillisMax = 5_000

const settled = counter(
  'karcis_mails_total',
  'Attempts to hand a mail over: sent to the mail server, captured because there is none, failed, or given up as doubtful.',
  'status',
)
for (const status of ['sent', 'captured', 'failed', 'doubtful']) settled.inc({ status }, 0)

/** What tells a claim from those of the same mail before and after it. */
type Claimed = { attempts: number; begun: number }

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
  const claimOf = (mailId: string, { attempts, begun }: Claimed): Claim => ({
    begun,

    async begin() {
      const { rowCount } = await pool.query(
        `update notification.mails set begun = $3
         where id = $1 and attempts = $2 and status in ('waiting', 'failed')`,
        [mailId, attempts, begun + 1],
      )
      assert(rowCount === 1, `mail ${mailId} was claimed by another meanwhile`)
    },

    async settle({ status, at, error }) {
      // That it was sent is true whoever has it now; the rest is for its latest claim to say.
      const write = () =>
        pool.query(
          `update notification.mails
           set status = $3, last_error = $4, claimed_until = null,
             begun = case when $3 = 'failed' then $5 else begun end,
             handed_over_at = case when $3 in ('sent', 'captured') then $6::timestamptz end
           where id = $1 and (attempts = $2 or $3 = 'sent')`,
          [mailId, attempts, status, error ?? null, begun, at],
        )
      await persistently(write).finally(() => claims.delete(mailId))
      settled.inc({ status })
    },
  })

  return {
    async claim(mail) {
      const own = await take(pool, mail, until)
      if (own) {
        claims.add(mail.id)
        return claimOf(mail.id, own)
      }
      const { rows } = await pool.query<{ status: MailStatus }>(
        'select status from notification.mails where id = $1',
        [mail.id],
      )
      const { status } = rows[0] ?? {}
      if (status !== 'waiting' && status !== 'failed') return 'done'
      throw outage(`mail ${mail.id} is being handed over elsewhere`)
    },
  }
}

/** Stores the mail, or takes it up; undefined when another has it, or nobody need have it. */
async function take(pool: pg.Pool, mail: Mail, until: string): Promise<Claimed | undefined> {
  const span = currentSpan()
  const { rows } = await pool.query<Claimed>(
    `insert into notification.mails as m (id, order_id, recipient, subject, text_body, html_body,
       locale, has_e_ticket, status, attempts, claimed_until, created_at, trace_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 1, ${until}, $9, $10)
     on conflict (id) do update
       set attempts = m.attempts + 1, claimed_until = excluded.claimed_until
       where m.status in ('waiting', 'failed')
         and (m.claimed_until is null or m.claimed_until <= now())
     returning attempts, begun`,
    [
      ...[mail.id, mail.orderId, mail.to, mail.subject, mail.text, mail.html],
      ...[mail.locale, mail.hasETicket, mail.createdAt, span?.recorded ? span.traceId : null],
    ],
  )
  return rows[0]
}

/** Only here it is known what became of a mail, so a database that restarts is waited for. */
async function persistently(write: () => Promise<unknown>): Promise<void> {
  for (const end = performance.now() + persistMillisMax; ; await sleep(persistMillisMax / 20)) {
    try {
      return void (await write())
    } catch (error) {
      if (performance.now() > end) throw error
    }
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
