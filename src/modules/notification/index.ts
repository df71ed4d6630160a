import type pg from 'pg'
import type { Envelope } from '../../kernel/message.ts'
import { derivedId } from '../../platform/ids.ts'
import type { Http, MessageHandler, Module } from '../../platform/module.ts'
import type { OrderSnapshot, PaymentInstructions } from '../booking/contract.ts'
import { mailboxRoutes } from './adapters/mailbox.ts'
import { postgresMails } from './adapters/mails.ts'
import { notificationProblems } from './adapters/problems.ts'
import { mailsAbout } from './adapters/queries.ts'
import { smtpTransport, type SmtpOptions } from './adapters/smtp-transport.ts'
import type { NotificationApi } from './contract.ts'
import type { Purpose } from './domain/texts.ts'
import type { NotificationPorts } from './ports.ts'
import { sendMail } from './use-cases/send-mail.ts'

export type NotificationOptions = Pick<
  NotificationPorts,
  'admission' | 'orderUrl' | 'operatorAddress' | 'clock'
> & {
  pool: pg.Pool
  /** Null: mails are captured and shown in the browser. */
  smtp: SmtpOptions | null
}

export type NotificationModule = Module<NotificationApi> & {
  /** Adds the captured mailbox under `/dev/mail`; nothing when mails are really sent. */
  mailboxRoutes(http: Http): void
  /** Closes the connections to the mail server. */
  close(): void
}

/** What each message has the operator told. */
const operatorPurposeOf: Record<string, Purpose> = {
  'order.refund-due': 'refund-due-operator',
  'order.payment-mismatch': 'payment-mismatch-operator',
}

/** What each message has the buyer told. `order.paid` says nothing: the e-ticket does. */
const purposeOf: Record<string, Purpose> = {
  'order.awaiting-payment': 'how-to-pay',
  'ticket.issued': 'e-ticket',
  'order.expired': 'order-expired',
  'order.cancelled': 'order-cancelled',
  'order.refunding': 'refund-started',
  'order.refunded': 'refund-done',
  'order.refund-due': 'refund-due',
}

/** Tells buyers by mail what becomes of their orders. */
export function notificationModule(options: NotificationOptions): NotificationModule {
  const { pool, smtp, ...needs } = options
  const transport = smtp && smtpTransport(smtp)
  const ports: NotificationPorts = { ...needs, mails: postgresMails(pool), transport, derivedId }
  return {
    name: 'notification',
    api: { mailsAbout: (orderId) => mailsAbout(pool, orderId) },
    routes: () => {},
    mailboxRoutes: (http) => {
      if (!smtp) mailboxRoutes(http, { pool, admission: ports.admission })
    },
    handlers: Object.fromEntries(
      Object.keys({ ...purposeOf, ...operatorPurposeOf }).map((type) => [type, tell(ports)]),
    ),
    tasks: [],
    problems: notificationProblems,
    close: () => transport?.close(),
  }
}

type About = { order: OrderSnapshot; instructions?: PaymentInstructions }

function tell(ports: NotificationPorts): MessageHandler {
  return async (cause: Envelope) => {
    const about = cause.data as About
    const { operatorAddress } = ports
    const told = purposeOf[cause.type]
    const toldToo = operatorPurposeOf[cause.type]
    const mails = [
      ...(told ? [{ purpose: told, to: about.order.buyer.email }] : []),
      ...(toldToo && operatorAddress ? [{ purpose: toldToo, to: operatorAddress }] : []),
    ]
    // All are tried: an address that fails must not keep the others from being told.
    await Promise.all(mails.map((mail) => sendMail(ports, { ...about, cause, ...mail })))
  }
}
