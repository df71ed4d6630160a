import assert from 'node:assert'
import type { FastifyReply } from 'fastify'
import type pg from 'pg'
import { Type } from 'typebox'
import { fromPublicId, publicIdPattern } from '../../../kernel/id.ts'
import type { Http } from '../../../platform/module.ts'
import { refuse } from '../../../platform/problems.ts'
import type { NotificationPorts } from '../ports.ts'
import { contentSecurityPolicy, listPage, mailJson, mailPage } from './mailbox-pages.ts'
import { notificationProblems } from './problems.ts'
import { findMail, latestMails } from './queries.ts'

const mailsMax = 200

const listQuery = Type.Object({ to: Type.Optional(Type.String({ maxLength: 254 })) })
const mailParams = Type.Object({ mailId: Type.String({ pattern: publicIdPattern('mail') }) })

/** Captured mails in the browser. Whoever reaches these routes reads everybody's mail. */
export function mailboxRoutes(
  http: Http,
  { pool, admission }: { pool: pg.Pool } & Pick<NotificationPorts, 'admission'>,
): void {
  http.get(
    '/dev/mail',
    { schema: { hide: true, querystring: listQuery } },
    async (request, reply) => {
      const to = request.query.to || undefined
      return sendPage(reply, listPage(await latestMails(pool, to, mailsMax), to))
    },
  )

  http.get(
    '/dev/mail.json',
    { schema: { hide: true, querystring: listQuery } },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const mails = await latestMails(pool, request.query.to || undefined, mailsMax)
      return { mails: mails.map(mailJson) }
    },
  )

  http.get(
    '/dev/mail/:mailId',
    { schema: { hide: true, params: mailParams } },
    async (request, reply) => {
      const mail = await findMail(pool, idOf(request.params.mailId))
      if (!mail) return refuse(reply, notificationProblems, { kind: 'mail-not-found' })
      return sendPage(reply, mailPage(mail))
    },
  )

  http.get(
    '/dev/mail/:mailId/e-ticket.pdf',
    { schema: { hide: true, params: mailParams } },
    async (request, reply) => {
      const mail = await findMail(pool, idOf(request.params.mailId))
      const orderId = mail?.hasETicket ? mail.orderId : null
      const pdf = orderId && (await admission.eTicketPdf(orderId))
      if (!pdf) return refuse(reply, notificationProblems, { kind: 'attachment-not-found' })
      return reply
        .type('application/pdf')
        .header('content-disposition', 'inline; filename="e-ticket.pdf"')
        .send(pdf)
    },
  )
}

const sendPage = (reply: FastifyReply, html: string): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', contentSecurityPolicy)
    .header('cache-control', 'no-store')
    .send(html)

function idOf(publicId: string): string {
  const id = fromPublicId('mail', publicId)
  assert(id.ok, 'the schema of the route checks its ids')
  return id.value
}
