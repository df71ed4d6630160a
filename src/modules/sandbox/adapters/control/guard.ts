import type { FastifyRequest } from 'fastify'

/**
 * Who may use the control page: whoever sits at this machine, anyone, or nobody. `loopback` is for
 * a shop whose public address is this machine's own; elsewhere it is as `nobody`.
 */
export type ControlAccess = 'loopback' | 'anyone' | 'nobody'

const loopbackAddress = /^(?:127\.|::1$|::ffff:127\.)/
const loopbackName = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/
const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

export const isLoopbackUrl = (url: string): boolean => loopbackName.test(new URL(url).host)

/**
 * A proxy on this machine makes strangers look local, so nothing that was passed on is let in; and
 * a page of another site must not press our buttons in the visitor's browser.
 */
export function mayControl(access: ControlAccess, request: FastifyRequest): boolean {
  const { headers } = request
  const origin = headers.origin
  const isForeign =
    (origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === headers.host)) ||
    headers['sec-fetch-site'] === 'cross-site' ||
    headers['sec-fetch-site'] === 'same-site'
  if (access === 'anyone') return !isForeign
  return (
    access === 'loopback' &&
    !isForeign &&
    loopbackAddress.test(request.raw.socket.remoteAddress ?? '') &&
    loopbackName.test(headers.host ?? '') &&
    !forwarding.some((name) => headers[name] !== undefined)
  )
}
