import type pg from 'pg'
import type { Envelope } from '../../kernel/message.ts'
import { daysBefore } from '../../kernel/instant.ts'
import { derivedId } from '../../platform/ids.ts'
import { deleteOldRows } from '../../platform/old-rows.ts'
import { attributesOf, traced } from '../../platform/tracing.ts'
import type { Http, MessageHandler, Module } from '../../platform/module.ts'
import type { MoneyReceived, OrderSnapshot, PaymentInstructions } from '../booking/contract.ts'
import { notificationGauges } from './adapters/gauges.ts'
import { mailboxRoutes } from './adapters/mailbox.ts'
import { postgresMails } from './adapters/mails.ts'
import { notificationProblems } from './adapters/problems.ts'
import { mailsAbout, timelineOf } from './adapters/queries.ts'
import { smtpTransport, type SmtpOptions } from './adapters/smtp-transport.ts'
import type { NotificationApi } from './contract.ts'
import type { DisabledEndpoint } from './domain/endpoint-disabled.ts'
import type { Purpose } from './domain/texts.ts'
import type { NotificationPorts } from './ports.ts'
import { sendMail, type SendMail } from './use-cases/send-mail.ts'
import { tellEndpointOwner } from './use-cases/tell-endpoint-owner.ts'

export type NotificationOptions = Pick<
  NotificationPorts,
  'admission' | 'identity' | 'orderUrl' | 'operatorAddress' | 'clock'
> & {
  pool: pg.Pool
  /** How many days mails are kept. */
  mailRetentionDays: number
  /** Null: mails are captured and shown in the browser. */
  smtp: SmtpOptions | null
}

/** Also what the consumers of foreign contracts need. */
export type NotificationModule = Module<NotificationApi> & {
  ports: NotificationPorts
  /** Adds the captured mailbox under `/dev/mail`; nothing when mails are really sent. */
  mailboxRoutes(http: Http): void
  /** Closes the connections to the mail server. */
  close(): void
}

const mails = { table: 'notification.mails', column: 'created_at' }
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
  'order.payment-mismatch': 'payment-mismatch',
  'order.refunding': 'refund-started',
  'order.refunded': 'refund-done',
  'order.payment-returned': 'payment-returned',
  'order.refund-due': 'refund-due',
}

/** Tells buyers by mail what becomes of their orders. */
export function notificationModule(options: NotificationOptions): NotificationModule {
  const { pool, smtp, mailRetentionDays, ...needs } = options
  const transport = smtp && smtpTransport(smtp)
  const ports: NotificationPorts = { ...needs, mails: postgresMails(pool), transport, derivedId }
  return {
    ports,
    name: 'notification',
    isPatient: true,
    api: {
      mailsAbout: (orderId) => mailsAbout(pool, orderId),
      timelineOf: (orderId) => timelineOf(pool, orderId),
    },
    routes: () => {},
    mailboxRoutes: (http) => {
      if (!smtp) mailboxRoutes(http, { pool, admission: ports.admission })
    },
    handlers: {
      ...Object.fromEntries(
        Object.keys({ ...purposeOf, ...operatorPurposeOf }).map((type) => [type, tell(ports)]),
      ),
      'endpoint.disabled': (cause) =>
        tellEndpointOwner(ports, { cause, endpoint: cause.data as DisabledEndpoint }),
    },
    tasks: [
      {
        name: 'notification.forget-mails',
        everyMillis: 60 * 60 * 1000,
        run: () => deleteOldRows(pool, mails, daysBefore(ports.clock(), mailRetentionDays)),
      },
    ],
    problems: notificationProblems,
    gauges: notificationGauges,
    close: () => transport?.close(),
  }
}

type About = { order: OrderSnapshot; instructions?: PaymentInstructions; payment?: MoneyReceived }

function tell(ports: NotificationPorts): MessageHandler {
  return async (cause: Envelope) => {
    const about = cause.data as About
    // Whoever had asked the buyer to confirm it withdraws that by a mail of its own.
    if (cause.type === 'order.cancelled' && about.order.byConfirmation) return
    const { operatorAddress } = ports
    const told = purposeOf[cause.type]
    const toldToo = operatorPurposeOf[cause.type]
    const mails = [
      ...(told
        ? [{ purpose: told, to: about.order.buyer.email, cause: causeOf(cause, about) }]
        : []),
      ...(toldToo && operatorAddress ? [{ purpose: toldToo, to: operatorAddress, cause }] : []),
    ]
    // All are tried: an address that fails must not keep the others from being told.
    await Promise.all(
      mails.map((mail) =>
        traced(`mail ${mail.purpose}`, { kind: 'client', attributes: attributesOf(cause) }, () =>
          sendMail(ports, { ...about, ...mail }),
        ),
      ),
    )
  }
}

/**
 * What becomes of money a buyer is told once, however often it is tried. An operator, who tries again
 * when giving it back failed, is told of each failure.
 */
const causeOf = ({ source, id }: Envelope, { payment }: About): SendMail['cause'] =>
  payment ? { source: 'payment', id: payment.paymentId } : { source, id }
