import { commonVariables, headersOf, lineOf, wordsOf, type Tour, type TourRequest } from './tour.ts'

/** The tour as a Postman collection, format v2.1. */
export function postmanCollection(tour: Tour): object {
  const variables = { ...commonVariables, ...tour.variables }
  return {
    info: {
      name: `Karcis: ${tour.title}`,
      description: tour.about,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    variable: Object.entries(variables).map(([key, value]) => ({ key, value })),
    item: tour.requests.map((request) => ({
      name: request.title,
      event: [
        ...(request.soon ? [script('prerequest', [waiting])] : []),
        script('test', testScript(request)),
      ],
      request: requestOf(request),
    })),
  }
}

function requestOf(request: TourRequest) {
  const { method, url } = lineOf(request)
  const { body, upload } = request
  return {
    method,
    url,
    header: Object.entries(headersOf(request)).map(([key, value]) => ({ key, value })),
    ...(body && { body: { mode: 'raw', raw: JSON.stringify(body, null, 2) } }),
    ...(upload && {
      body: {
        mode: 'formdata',
        formdata: [{ key: upload.field, type: 'file', src: upload.file, contentType: upload.type }],
      },
    }),
  }
}

const script = (listen: string, exec: string[]) => ({
  listen,
  script: { type: 'text/javascript', exec },
})

/** A request that is sent again waits a moment before. */
const waiting = "setTimeout(() => {}, pm.collectionVariables.get('tries') ? 200 : 0)"

/** How often a request is sent until its answer is as it should be: some fifteen seconds. */
const triesMax = 75

function testScript(request: TourRequest): string[] {
  const { answers, has = {}, hasHeaders = {}, keeps = {} } = request
  const status =
    typeof answers === 'number' ? answers : `Number(pm.variables.replaceIn('${answers}'))`
  const checks = [
    `  'answers ${String(answers).replaceAll(/[{}]/g, '')}': () => pm.response.to.have.status(${status}),`,
    ...Object.entries(hasHeaders).map(
      ([name, value]) =>
        `  '${name}: ${value}': () => pm.expect(pm.response.headers.get('${name}')).to.eql('${value}'),`,
    ),
    ...Object.entries(has).map(
      ([path, wanted]) =>
        `  ${literal(wordsOf(path, wanted))}: () => pm.expect(${read(path)}).to.${assertion(wanted)},`,
    ),
  ]
  const accept = [
    'Object.entries(checks).forEach(([name, check]) => pm.test(name, check))',
    ...Object.entries(keeps).map(([variable, kept]) => {
      const value =
        typeof kept === 'string'
          ? read(kept)
          : `String(${read(kept.in)}).split(${literal(kept.after)})[1]?.split(/[\\s"]/)[0]`
      return `pm.collectionVariables.set('${variable}', ${value})`
    }),
  ]
  return [
    'const text = pm.response.text()',
    'const body = /^[{[]/.test(text) ? JSON.parse(text) : text',
    'const checks = {',
    ...checks,
    '}',
    ...(request.soon ? sentAgain(accept) : accept),
  ]
}

const sentAgain = (accept: string[]) => [
  'const holds = Object.values(checks).every((check) => {',
  '  try { check(); return true } catch { return false }',
  '})',
  "const tries = Number(pm.collectionVariables.get('tries') ?? 0) + 1",
  `if (holds || tries >= ${triesMax}) {`,
  "  pm.collectionVariables.unset('tries')",
  ...accept.map((line) => `  ${line}`),
  '} else {',
  "  pm.collectionVariables.set('tries', tries)",
  '  pm.execution.setNextRequest(pm.info.requestName)',
  '}',
]

const literal = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const read = (path: string) => (path === '' ? 'text' : `_.get(body, '${path}')`)

function assertion(wanted: unknown): string {
  if (wanted instanceof RegExp) return `match(${wanted})`
  const value = JSON.stringify(wanted)
  return value.includes('{{')
    ? `eql(JSON.parse(pm.variables.replaceIn(${literal(value)})))`
    : `eql(${value})`
}
