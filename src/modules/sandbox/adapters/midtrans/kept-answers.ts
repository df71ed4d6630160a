import type pg from 'pg'
import { fieldsOf } from '../../domain/fields.ts'
import { chargedChannel } from '../../domain/midtrans/channels.ts'
import type { SandboxPorts } from '../../ports.ts'
import type { Answer, Call } from '../operations.ts'

export type KeptAnswers = (
  call: Call,
  ports: SandboxPorts,
  answer: () => Promise<Answer>,
) => Promise<Answer>

const keptMillis = 5 * 60_000
const keyLengthMax = 46

/**
 * `Idempotency-Key` as Midtrans has it: one key for whatever is asked, the body is not looked at, a
 * success is repeated for five minutes, and who asks while the first is being answered gets 202. A
 * longer key, and any for Permata, is passed over.
 */
export function keptAnswers(pool: pg.Pool): KeptAnswers {
  const underWay = new Set<string>()
  return async ({ headers, body }, { clock }, answer) => {
    const key = headers['idempotency-key']
    const isKept = typeof key === 'string' && key !== '' && key.length <= keyLengthMax
    if (!isKept || chargedChannel(fieldsOf(body)) === 'permata') return answer()
    if (underWay.has(key)) {
      const status_message = 'A request with the same idempotency key is being processed.'
      return { status: 202, body: { status_code: '202', status_message } }
    }
    underWay.add(key)
    try {
      const earlier = await find(pool, key, clock())
      if (earlier) return earlier
      const fresh = await answer()
      if (isSuccess(fresh)) await keep(pool, key, fresh, clock())
      return fresh
    } finally {
      underWay.delete(key)
    }
  }
}

const isSuccess = ({ status, body }: Answer): boolean =>
  status < 300 && !(Number(fieldsOf(body)['status_code'] ?? 200) >= 400)

async function find(pool: pg.Pool, key: string, at: Date): Promise<Answer | undefined> {
  const { rows } = await pool.query<{ answer: Answer }>(
    'select answer from sandbox.kept_answers where key = $1 and created_at > $2',
    [key, new Date(at.getTime() - keptMillis)],
  )
  return rows[0]?.answer
}

async function keep(pool: pg.Pool, key: string, answer: Answer, at: Date): Promise<void> {
  await pool.query(
    `insert into sandbox.kept_answers (key, answer, created_at) values ($1, $2, $3)
     on conflict (key) do update set answer = excluded.answer, created_at = excluded.created_at`,
    [key, { status: answer.status, body: answer.body }, at],
  )
}
