import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TLSSocket } from 'node:tls'

/** `secured`: it came over an encrypted connection. */
export type ReceivedMail = { from: string; to: string[]; data: string; secured: boolean }

export type SmtpTestServer = {
  port: number
  received: ReceivedMail[]
  /** What to do with the next mails once they are there: keep them, or keep them and hang up. */
  behaviour: 'accept' | 'hang-up'
  stop(): Promise<void>
}

type Certificate = { key: string; cert: string }
type Options = {
  user: string
  password: string
  /** The server speaks STARTTLS (RFC 3207) with it, and asks for that first. */
  certificate?: Certificate
}

/** As much of a mail server (RFC 5321, AUTH PLAIN of RFC 4954) as a client needs to hand over mail. */
export async function startSmtpServer(options: Options, port = 0): Promise<SmtpTestServer> {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    converse(socket, options, server)
    socket.write('220 test\r\n')
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

/** A certificate that nobody has signed but itself; undefined where there is no OpenSSL. */
export function selfSigned(): Certificate | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'karcis-tls-'))
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const subject = ['-subj', '/CN=mail.test', '-days', '2', '-keyout', key, '-out', cert]
  try {
    execFileSync('openssl', ['req', ...made, ...subject], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function converse(socket: Socket, options: Options, server: SmtpTestServer): void {
  const { user, password, certificate } = options
  const credentials = Buffer.from(`\0${user}\0${password}`).toString('base64')
  const secured = socket instanceof TLSSocket
  const mayAuthenticate = secured || certificate === undefined
  let authenticated = false
  let mail: ReceivedMail = { from: '', to: [], data: '', secured }
  let inData = false
  let pending = ''
  const say = (line: string) => socket.write(`${line}\r\n`)

  function endOfData(): void {
    inData = false
    server.received.push(mail)
    if (server.behaviour === 'hang-up') socket.destroy()
    else say('250 kept')
  }

  /** The conversation begins anew, encrypted; nothing that was said before counts. */
  function startTls(): void {
    socket.removeAllListeners('data')
    socket.write('220 go ahead\r\n', () => {
      const encrypted = new TLSSocket(socket, { isServer: true, ...certificate })
      encrypted.on('error', () => socket.destroy())
      converse(encrypted, options, server)
    })
  }

  function obey(line: string): void {
    if (inData) {
      if (line === '.') endOfData()
      else mail.data += `${line.replace(/^\./, '')}\r\n`
    } else if (/^EHLO /i.test(line)) {
      say(`250-test\r\n250 ${mayAuthenticate ? 'AUTH PLAIN' : 'STARTTLS'}`)
    } else if (/^STARTTLS$/i.test(line) && certificate && !secured) {
      startTls()
    } else if (/^AUTH PLAIN /i.test(line)) {
      authenticated = mayAuthenticate && line.slice(11) === credentials
      say(authenticated ? '235 welcome' : '535 wrong credentials')
    } else if (/^MAIL FROM:/i.test(line)) {
      mail = { from: /<(.*)>/.exec(line)?.[1] ?? '', to: [], data: '', secured }
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

  // Bytes, since the same socket may carry TLS from one line to the next.
  socket.on('data', (chunk) => {
    const lines = (pending + chunk.toString('latin1')).split('\r\n')
    pending = lines.pop() ?? ''
    lines.forEach((line) => obey(Buffer.from(line, 'latin1').toString()))
  })
}
