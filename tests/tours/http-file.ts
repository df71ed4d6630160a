import {
  commonVariables,
  headersOf,
  lineOf,
  wordsOf,
  type Kept,
  type Tour,
  type TourRequest,
} from './tour.ts'

/** All tours as one file of requests, in the words of the REST Client of VS Code. */
export function httpFile(tours: Tour[]): string {
  const variables = Object.entries(commonVariables).map(([name, value]) => `@${name} = ${value}`)
  return `# Tours of Karcis. Made of tests/tours by \`npm run docs\`; edit those.
# "Send Request" stands above each request; send those of a tour in their order.

${variables.join('\n')}

${tours.map(tourPart).join('\n')}`
}

function tourPart(tour: Tour): string {
  // A file has each variable once, so those of a tour begin with its name.
  const own = [
    ...Object.keys(tour.variables ?? {}),
    ...tour.requests.flatMap(({ keeps = {} }) => Object.keys(keeps)),
  ]
  const renamed = (text: string) =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (found, name: string) =>
      own.includes(name) ? `{{${ofTour(tour, name)}}}` : found,
    )
  const variables = Object.entries(tour.variables ?? {}).map(
    ([name, value]) => `@${ofTour(tour, name)} = ${value}\n`,
  )
  const prompts = promptsOf(tour)
  const requests = tour.requests.map((request) => renamed(requestPart(tour, request, prompts)))
  return `### ${tour.title}
# ${tour.about}

${variables.join('')}
${requests.join('\n')}`
}

function requestPart(tour: Tour, request: TourRequest, prompts: Record<string, string>): string {
  const { title, answers, has = {}, hasHeaders = {}, soon, keeps = {} } = request
  const { method, url } = lineOf(request)
  const headers = headersOf(request)
  const name = nameOf(tour, request)
  const used = JSON.stringify([url, headers, request.body])
  const lines = [
    `### ${tour.title}: ${title}`,
    `# @name ${name}`,
    ...Object.entries(prompts)
      .filter(([variable]) => used.includes(`{{${variable}}}`))
      .map(([variable, where]) => `# @prompt ${ofTour(tour, variable)} ${where}`),
    ...(soon ? ['# Send it again until the answer fits:'] : []),
    `# answers ${answers}`,
    ...Object.entries(hasHeaders).map(([header, value]) => `# ${header}: ${value}`),
    ...Object.entries(has).map(([path, wanted]) => `# ${wordsOf(path, wanted)}`),
    `${method} ${url}`,
    ...bodyLines(request, headers),
    '',
    ...Object.entries(keeps)
      .filter(([, kept]) => typeof kept === 'string')
      .map(
        ([variable, path]) =>
          `@${ofTour(tour, variable)} = {{${name}.response.body.$.${String(path)}}}`,
      ),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

const boundary = 'boundary-of-karcis'

function bodyLines({ body, upload }: TourRequest, headers: Record<string, string>): string[] {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  if (body) return [...head, '', JSON.stringify(body, null, 2)]
  if (!upload) return head
  return [
    ...head,
    `Content-Type: multipart/form-data; boundary=${boundary}`,
    '',
    `--${boundary}`,
    `Content-Disposition: form-data; name="${upload.field}"; filename="${upload.file}"`,
    `Content-Type: ${upload.type}`,
    '',
    `< ./postman/${upload.file}`,
    `--${boundary}--`,
  ]
}

/** What no path reaches is read by a person: each such variable, and where it stands. */
function promptsOf(tour: Tour): Record<string, string> {
  const prompts: Record<string, string> = {}
  for (const request of tour.requests) {
    for (const [variable, kept] of Object.entries<Kept>(request.keeps ?? {})) {
      if (typeof kept === 'string') continue
      prompts[variable] =
        `What stands after ${kept.after} in the answer to ${nameOf(tour, request)}`
    }
  }
  return prompts
}

const ofTour = ({ name }: Tour, variable: string) =>
  `${name}${variable[0]?.toUpperCase()}${variable.slice(1)}`

/** `festivalLogIn` for "Log in". */
const nameOf = ({ name }: Tour, { title }: TourRequest) =>
  [name, ...(title.match(/[A-Za-z0-9]+/g) ?? [])]
    .map((word, i) => (i === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`))
    .join('')
