import type { Server } from './servers.ts'

/** Somebody who is signed in. */
export type Account = { userId: string; authorization: string; email: string }

const password = 'a password of the bench'
let accounts = 0

/** An account as anyone makes one; the roles are given by hand. */
export async function newAccount(server: Server, roles: string[] = ['buyer']): Promise<Account> {
  const email = `account-${++accounts}-${Date.now()}@bench.example`
  await call(server, 'POST /v1/auth/register', { name: 'Bench', email, password })
  await server.database!.pool.query('update identity.users set roles = $2 where email = $1', [
    email,
    roles,
  ])
  type Login = { accessToken: string }
  const { accessToken } = await call<Login>(server, 'POST /v1/auth/login', { email, password })
  const authorization = `Bearer ${accessToken}`
  const { id } = await call<{ id: string }>(server, 'GET /v1/auth/me', undefined, authorization)
  return { userId: id, authorization, email }
}

export type ShopEvent = { id: string; ticketTypes: { id: string }[] }

/** An event as an organiser makes one, on sale. */
export async function publishEvent(
  server: Server,
  { authorization }: Account,
  title: string,
  ticketTypes: object[],
): Promise<ShopEvent> {
  const event = { title, location: 'Jakarta', startsAt: '2099-01-01T12:00:00Z', ticketTypes }
  const draft = await call<ShopEvent>(server, 'POST /v1/events', event, authorization)
  return call<ShopEvent>(server, `POST /v1/events/${draft.id}/publish`, undefined, authorization)
}

/** Sends `POST /v1/orders` or the like; only a yes will do. */
export async function call<Body>(
  { port }: Server,
  line: string,
  body?: unknown,
  authorization?: string,
): Promise<Body> {
  const [method = '', path = ''] = line.split(' ')
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      ...(authorization && { authorization }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${line} answers ${answer.status}: ${text}`)
  return (text ? JSON.parse(text) : null) as Body
}

/** The very bytes of an answer. */
export async function bytesOf({ port }: Server, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}`)
  return answer.text()
}

/** Asks again and again until it is so; false when it is not so in time. */
export async function until(is: () => Promise<boolean>, secondsMax: number): Promise<boolean> {
  const endAt = performance.now() + secondsMax * 1000
  for (;;) {
    if (await is()) return true
    if (performance.now() > endAt) return false
    // What is asked for counts rows of the database that is measured.
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
