import { createHmac, hash } from 'node:crypto'
import type pg from 'pg'
import { ok } from '../../../kernel/result.ts'
import type { PaymentInstructions } from '../../booking/contract.ts'
import type { GatewayReport } from '../domain/payment.ts'
import type { Confirmations, Gateway, GatewayCalls, GatewayMethod } from '../ports.ts'

type ConfirmationOptions = {
  pool: pg.Pool
  clock: () => Date
  /** Secret bytes from which the codes are made. */
  confirmationKey: Uint8Array
}

const name = 'confirmation'
const method: GatewayMethod = {
  method: name,
  channel: null,
  currency: 'IDR',
  amountMin: 1,
  amountMax: Number.MAX_SAFE_INTEGER,
  expirySecondsMin: 1,
  expirySecondsMax: Number.MAX_SAFE_INTEGER,
  refundable: 'full',
  reversibleSeconds: 0,
}

/**
 * A gateway that takes no money: a payment is made by opening a link with a secret code. No buyer
 * is offered it, or anybody could have any ticket for nothing; a module asks for it by name.
 *
 * A code is made of the payment's id and a key, so that a mail that is written once more says the
 * same; only its hash is kept, and instructions, which a buyer may see without any mail, lack it.
 */
export function confirmationGateway({
  pool,
  clock,
  confirmationKey,
}: ConfirmationOptions): Gateway {
  const get = async (paymentId: string): Promise<GatewayReport | undefined> => {
    const { rows } = await pool.query<ConfirmationRow>(
      'select * from payment.confirmations where payment_id = $1',
      [paymentId],
    )
    return rows[0] && toReport(rows[0], clock())
  }

  const calls: GatewayCalls = {
    async create({ paymentId, orderId, amount, currency, holdSeconds }) {
      const codeHash = digest(codeOf(confirmationKey, paymentId))
      const expiresAt = new Date(clock().getTime() + holdSeconds * 1000)
      const { rows } = await pool.query<ConfirmationRow>(
        `insert into payment.confirmations as c
           (payment_id, order_id, code_hash, amount, currency, status, expires_at)
         values ($1, $2, $3, $4, $5, 'open', $6)
         on conflict (payment_id) do update set status = c.status returning *`,
        [paymentId, orderId, codeHash, amount, currency, expiresAt],
      )
      return ok(toReport(rows[0]!, clock()))
    },

    async search({ reference }) {
      const report = await get(reference)
      return report ? [report] : []
    },

    get,

    async close(paymentId) {
      await pool.query(
        `update payment.confirmations set status = 'closed'
         where payment_id = $1 and status = 'open'`,
        [paymentId],
      )
      return get(paymentId)
    },

    async refund({ gatewayId }) {
      await pool.query('update payment.confirmations set refunded_at = $2 where payment_id = $1', [
        gatewayId,
        clock(),
      ])
      return ok({ status: 'done' })
    },

    async findRefund({ gatewayId }) {
      const { rowCount } = await pool.query(
        'select from payment.confirmations where payment_id = $1 and refunded_at is not null',
        [gatewayId],
      )
      return rowCount === 0 ? undefined : { status: 'done' }
    },
  }
  return {
    ...calls,
    unhurried: calls,
    name,
    account: 'live',
    methods: [method],
    callsPerSecond: Infinity,
    isAuthentic: () => false,
    readWebhook: () => ({ key: '', about: 'nothing-of-ours' }),
  }
}

/** What the visitors of links do at that gateway. */
export function postgresConfirmations({
  pool,
  confirmationKey,
}: Pick<ConfirmationOptions, 'pool' | 'confirmationKey'>): Confirmations {
  return {
    codeOf: (paymentId) => codeOf(confirmationKey, paymentId),

    async findByCode(code) {
      const { rows } = await pool.query<{ paymentId: string; orderId: string }>(
        `select payment_id as "paymentId", order_id as "orderId"
         from payment.confirmations where code_hash = $1`,
        [digest(code)],
      )
      return rows[0]
    },

    async confirm(paymentId, at) {
      const { rowCount } = await pool.query(
        `update payment.confirmations set status = 'confirmed'
         where payment_id = $1
           and (status = 'confirmed' or status = 'open' and expires_at > $2)`,
        [paymentId, at],
      )
      return rowCount === 1
    },
  }
}

const digest = (code: string): Buffer => hash('sha256', code, 'buffer')

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const codeLength = 16

/** Sixteen letters and digits, about 95 bits of the digest. */
function codeOf(key: Uint8Array, paymentId: string): string {
  let rest = BigInt(`0x${createHmac('sha256', key).update(paymentId).digest('hex')}`)
  let code = ''
  for (; code.length < codeLength; rest /= BigInt(alphabet.length)) {
    code += alphabet.charAt(Number(rest % BigInt(alphabet.length)))
  }
  return code
}

type ConfirmationRow = {
  payment_id: string
  amount: number
  currency: string
  status: 'open' | 'confirmed' | 'closed'
  expires_at: Date
}

const instructions: PaymentInstructions = {
  method: name,
  checkoutUrl: null,
  vaNumber: null,
  channel: null,
  qrString: null,
}

function toReport(row: ConfirmationRow, now: Date): GatewayReport {
  const { amount, currency, status, expires_at: expiresAt } = row
  const report = { gatewayId: row.payment_id, instructions, expiresAt }
  if (status === 'confirmed') return { ...report, status: 'paid', paid: { amount, currency } }
  return { ...report, status: status === 'open' && now < expiresAt ? 'open' : 'expired' }
}
