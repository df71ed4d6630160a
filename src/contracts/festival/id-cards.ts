import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { err, ok, type Result } from '../../kernel/result.ts'
import { principalOf } from '../../platform/http-server.ts'
import type { Http } from '../../platform/module.ts'
import { keepIdCard } from '../../modules/identity/use-cases/keep-id-card.ts'
import type { FestivalNeeds } from './needs.ts'
import { fail, ofFestival, refuseOtherMethods, succeed } from './replies.ts'
import { signedIn } from './signed-in.ts'

const path = '/users/me/id-cards'
const field = 'images'
const bytesMax = 5 * 1024 * 1024
const limits = { fileSize: bytesMax, files: 4, fields: 10, parts: 14, fieldSize: 10_000 }
const wrongType = `"${field}" content-type harus image/jpeg, image/png, atau image/webp`

/** What a client may call a picture: it may leave open which one, for its content tells. */
const declared = ['image/jpeg', 'image/png', 'image/webp', 'application/octet-stream']

export function idCardRoutes(http: Http, needs: FestivalNeeds): void {
  const { ports, api } = needs.identity
  const onRequest = signedIn(api)

  // Only this path takes multipart bodies.
  http.register(async (scope) => {
    await scope.register(multipart)
    scope.patch(path, { ...ofFestival, onRequest }, async (request, reply) => {
      if (!request.isMultipart()) return fail(reply, 415, 'content-type tidak didukung')
      const upload = await readUpload(request)
      if (!upload.ok) return fail(reply, 400, upload.error)
      const { userId } = principalOf(request)
      const kept = await keepIdCard(ports, { userId, content: upload.value })
      if (kept.ok) return succeed(reply, 'id card berhasil diperbarui')
      if (kept.error.kind === 'id-card-not-a-picture') return fail(reply, 400, wrongType)
      return fail(reply, 413, 'ukuran payload terlalu besar')
    })
  })

  http.get(path, { ...ofFestival, onRequest }, async (request, reply) => {
    const card = await ports.idCards.find(principalOf(request).userId)
    if (!card) return fail(reply, 404, 'id card tidak ditemukan')
    const extension = card.contentType.replace('image/', '')
    return reply
      .type(card.contentType)
      .header('content-disposition', `inline; filename="id-card.${extension}"`)
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, no-store')
      .send(card.content)
  })
  refuseOtherMethods(http, path, ['PATCH', 'GET'])
}

/** The file in the field, or what is wrong with the body. */
async function readUpload(request: FastifyRequest): Promise<Result<Uint8Array, string>> {
  let found: Result<Uint8Array, string> | undefined
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type !== 'file') continue
      const content = await part.toBuffer()
      if (part.fieldname !== field || found) continue
      found = declared.includes(part.mimetype) ? ok(content) : err(wrongType)
    }
  } catch (error) {
    // What the parser cannot make sense of has no status; what it will not take has one.
    if (error instanceof Error && 'statusCode' in error) throw error
    return err('payload tidak valid')
  }
  return found ?? err(`"${field}" is required`)
}
