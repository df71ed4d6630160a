import { createServer, type AddressInfo, type Socket } from 'node:net'

export type ReceivedMail = { from: string; to: string[]; data: string }

export type SmtpTestServer = {
  port: number
  received: ReceivedMail[]
  /** What to do with the next mails once they are there: keep them, or keep them and hang up. */
  behaviour: 'accept' | 'hang-up'
  stop(): Promise<void>
}

/** As much of a mail server (RFC 5321, AUTH PLAIN of RFC 4954) as a client needs to hand over mail. */
export async function startSmtpServer(
  account: { user: string; password: string },
  port = 0,
): Promise<SmtpTestServer> {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    converse(socket, account, server)
  })
  const server: SmtpTestServer = {
    port,
    received: [],
    behaviour: 'accept',
    stop: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
  server.port = (listener.address() as AddressInfo).port
  return server
}

function converse(
  socket: Socket,
  account: { user: string; password: string },
  server: SmtpTestServer,
): void {
  const credentials = Buffer.from(`\0${account.user}\0${account.password}`).toString('base64')
  let authenticated = false
  let mail: ReceivedMail = { from: '', to: [], data: '' }
  let inData = false
  let pending = ''
  const say = (line: string) => socket.write(`${line}\r\n`)

  function endOfData(): void {
    inData = false
    server.received.push(mail)
    if (server.behaviour === 'hang-up') socket.destroy()
    else say('250 kept')
  }

  function obey(line: string): void {
    if (inData) {
      if (line === '.') endOfData()
      else mail.data += `${line.replace(/^\./, '')}\r\n`
    } else if (/^EHLO /i.test(line)) {
      say('250-test\r\n250 AUTH PLAIN')
    } else if (/^AUTH PLAIN /i.test(line)) {
      authenticated = line.slice(11) === credentials
      say(authenticated ? '235 welcome' : '535 wrong credentials')
    } else if (/^MAIL FROM:/i.test(line)) {
      mail = { from: /<(.*)>/.exec(line)?.[1] ?? '', to: [], data: '' }
      say(authenticated ? '250 ok' : '530 authenticate first')
    } else if (/^RCPT TO:/i.test(line)) {
      mail.to.push(/<(.*)>/.exec(line)?.[1] ?? '')
      say('250 ok')
    } else if (/^DATA$/i.test(line)) {
      inData = true
      say('354 go on')
    } else if (/^QUIT$/i.test(line)) {
      socket.end('221 bye\r\n')
    } else say('250 ok')
  }

  socket.setEncoding('utf8').on('data', (chunk) => {
    const lines = (pending + String(chunk)).split('\r\n')
    pending = lines.pop() ?? ''
    lines.forEach(obey)
  })
  say('220 test')
}
