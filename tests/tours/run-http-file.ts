import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

type HttpRequest = {
  name: string
  comments: string[]
  method: string
  url: string
  headers: [string, string][]
  body: string
}
type HttpAnswer = { status: number; headers: Headers; text: string; body: unknown }

/** Sends all requests of a `.http` file, one after another, and holds each to its comments. */
export async function runHttpFile(
  file: string,
  given: Record<string, string>,
): Promise<{ requests: number; checks: number }> {
  const { requests, variables } = parse(readFileSync(file, 'utf8'))
  Object.assign(variables, given)
  const answers = new Map<string, HttpAnswer>()

  const fill = (text: string): string =>
    text.replaceAll(/\{\{([^}]+)\}\}/g, (_, name: string) => {
      if (name === '$guid') return randomUUID()
      const [, source = '', inBody = ''] = /^(\w+)\.response\.body\.\$\.(.+)$/.exec(name) ?? []
      const value = source ? valueAt(answers.get(source)?.body, inBody) : variables[name]
      assert(value !== undefined, `nothing is known of ${name}`)
      return source ? String(value) : fill(String(value))
    })

  let checks = 0
  for (const request of requests) {
    for (const comment of request.comments) {
      // What a person is asked for stands in an earlier answer.
      const [, variable, after, source] =
        /^@prompt (\w+) What stands after (.+) in the answer to (\w+)$/.exec(comment) ?? []
      if (!variable || !after || !source) continue
      const { text = '' } = answers.get(source) ?? {}
      const [, found] = text.replaceAll('\\n', '\n').split(after)
      variables[variable] = found?.split(/[\s"]/)[0] ?? ''
    }
    const wanted = request.comments.flatMap((comment) => checkOf(comment) ?? [])
    assert(wanted.length > 0, `${request.name} wants nothing`)
    const isPatient = request.comments.includes('Send it again until the answer fits:')
    const end = Date.now() + (isPatient ? 15_000 : 0)
    for (;;) {
      const answer = await send(request, fill, path.dirname(file))
      answers.set(request.name, answer)
      const unmet = wanted.filter((check) => !check.isSo(answer, fill)).map(({ words }) => words)
      if (unmet.length === 0) break
      const seen = `${answer.status} ${answer.text.slice(0, 500)}`
      assert(Date.now() < end, `${request.name}: not so: ${unmet.join('; ')}: ${seen}`)
      await sleep(100)
    }
    checks += wanted.length
  }
  return { requests: requests.length, checks }
}

function parse(text: string) {
  const variables: Record<string, string> = {}
  const requests: HttpRequest[] = []
  for (const block of text.split(/^###.*$/m)) {
    const lines = block.split('\n').filter((line) => {
      const [, name, value] = /^@(\w+) = (.*)$/.exec(line) ?? []
      if (name !== undefined) variables[name] = value ?? ''
      return name === undefined
    })
    const comments = lines.filter((line) => line.startsWith('# ')).map((line) => line.slice(2))
    const [first = '', ...rest] = lines
      .filter((line) => !line.startsWith('#'))
      .join('\n')
      .trim()
      .split('\n')
    if (first === '') continue
    const [method = '', url = ''] = [
      first.slice(0, first.indexOf(' ')),
      first.slice(first.indexOf(' ') + 1),
    ]
    const end = rest.includes('') ? rest.indexOf('') : rest.length
    const headers = rest.slice(0, end).map((line): [string, string] => {
      const [, name = '', value = ''] = /^([\w-]+): (.*)$/.exec(line) ?? assert.fail(line)
      return [name, value]
    })
    const name = comments.find((comment) => comment.startsWith('@name '))?.slice(6) ?? first
    requests.push({ name, comments, method, url, headers, body: rest.slice(end + 1).join('\n') })
  }
  return { requests, variables }
}

async function send(
  { method, url, headers, body }: HttpRequest,
  fill: (text: string) => string,
  folder: string,
): Promise<HttpAnswer> {
  const filled = headers.map(([name, value]): [string, string] => [name, fill(value)])
  const response = await fetch(fill(url), {
    method,
    headers: filled,
    ...(body !== '' && { body: bytesOf(body, fill, folder) }),
  })
  const text = await response.text()
  const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : text,
  }
}

/** The body, with `< ./file` replaced by the file, and the line ends of a form. */
function bytesOf(body: string, fill: (text: string) => string, folder: string): Buffer {
  const lines = body
    .split('\n')
    .map((line) =>
      line.startsWith('< ')
        ? readFileSync(path.join(folder, line.slice(2)))
        : Buffer.from(fill(line)),
    )
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\r\n')]))
}

type Check = { words: string; isSo(answer: HttpAnswer, fill: (text: string) => string): boolean }

/** What a comment wants of the answer; nothing, when it only explains. */
function checkOf(words: string): Check | undefined {
  const [, status] = /^answers (.+)$/.exec(words) ?? []
  if (status) return { words, isSo: (answer, fill) => answer.status === Number(fill(status)) }
  const [, place, like, value] = /^(.+?) is (?:like \/(.*)\/|(.+))$/.exec(words) ?? []
  if (place === undefined) {
    const [, name, text] = /^([\w-]+): (.+)$/.exec(words) ?? []
    if (!name || !text) return undefined
    return { words, isSo: ({ headers }) => headers.get(name) === text }
  }
  const at = ({ text, body }: HttpAnswer) => (place === 'the body' ? text : valueAt(body, place))
  if (like !== undefined)
    return { words, isSo: (answer) => new RegExp(like).test(String(at(answer))) }
  return {
    words,
    isSo: (answer, fill) =>
      JSON.stringify(at(answer)) === JSON.stringify(JSON.parse(fill(value ?? ''))),
  }
}

/** What stands at `data.festivals[0].id`. */
function valueAt(body: unknown, at: string): unknown {
  const names = at.split(/[.[\]]+/).filter((name) => name !== '')
  return names.reduce<unknown>(
    (inner, name) => (inner as Record<string, unknown> | undefined | null)?.[name],
    body,
  )
}
