import assert from 'node:assert'
import { existsSync, type Dirent } from 'node:fs'
import { glob, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { root } from './generated-pages.ts'

const read = (file: string) => readFile(path.join(root, file), 'utf8')
const exists = (file: string) => existsSync(path.join(root, file))

const foreign = ['node_modules', '.git', '.karcis', '.env']

/** The files of the patterns, none of them installed, made by a run, or of one machine. */
async function files(...patterns: string[]): Promise<string[]> {
  const found: string[] = []
  const exclude = (entry: Dirent) => foreign.includes(entry.name)
  for await (const entry of glob(patterns, { cwd: root, withFileTypes: true, exclude })) {
    if (!entry.isFile() || exclude(entry)) continue
    found.push(path.relative(root, path.join(entry.parentPath, entry.name)))
  }
  return found.sort()
}

/** What is outside of code blocks and of code in a line. */
const prose = (page: string) =>
  page.replaceAll(/^```.*?^```$|^ {4}.*$/gms, '').replaceAll(/`[^`\n]*`/g, '')
const headings = (page: string) => [...prose(page).matchAll(/^# .+$/gm)].map(([line]) => line)

/** The places in the repository that a page names: by links, and by paths written as code. */
function placesIn(page: string, folder: string): string[] {
  const links = [...page.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => path.join(folder, target))
  const paths = [...page.matchAll(/`((?:src|tests|docs|bench|\.ci)\/[\w./-]+)`/g)]
  return [...links, ...paths.map(([, target = '']) => target)]
}

/** The scripts of package.json that a text tells its reader to run. */
const scriptsIn = (text: string) =>
  [...text.matchAll(/\bnpm (?:run (?:-s |--silent )?([\w:-]+)|(start|test)\b)/g)].map(
    ([, run, short]) => run ?? short ?? '',
  )

test('every page has one first heading, and names only places that exist', async () => {
  const pages = await files('*.md', 'docs/**/*.md')
  assert.ok(pages.length > 10, 'few pages were seen')
  for (const page of pages) {
    const text = await read(page)
    assert.equal(headings(text).length, 1, `${page} has ${headings(text).length} first headings`)
    const missing = placesIn(text, path.dirname(page)).filter((place) => !exists(place))
    assert.deepEqual(missing, [], `${page} names what is not there`)
  }
})

test('a second heading and a lost place would be seen', () => {
  assert.deepEqual(headings('# One\n\n```sh\n# a comment\n```\n\n# Two\n'), ['# One', '# Two'])
  assert.deepEqual(placesIn('[a](b.md#c) [d](https://e.org) `src/f.ts` `src/*.ts`', 'docs'), [
    'docs/b.md',
    'src/f.ts',
  ])
})

test('every command that a page or a help text names is a script of package.json', async () => {
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> }
  let seen = 0
  for (const file of await files('*.md', 'docs/**/*.md', '{src,bench}/**/*.ts', '.ci/*')) {
    const named = scriptsIn(await read(file))
    seen += named.length
    const missing = named.filter((name) => !Object.hasOwn(scripts, name))
    assert.deepEqual(missing, [], `${file} names a command that does not exist`)
  }
  assert.ok(seen > 10, 'few commands were seen')
})

test('a command that does not exist would be seen', () => {
  assert.deepEqual(scriptsIn('`npm run verifi -- --json`, `npm start`, npm ci'), [
    'verifi',
    'start',
  ])
})

/** What the index says about a decision: its file and its title, which is its first heading. */
const indexed = (index: string) =>
  [...index.matchAll(/\[(.+?)\]\((\d{4}-[\w-]+\.md)\)/g)].map(
    ([, title, file]) => `${file} ${title}`,
  )

test('the index of decisions has every decision, by its title', async () => {
  const names = (await readdir(path.join(root, 'docs/adr'))).filter((name) => /^\d{4}-/.test(name))
  const titled = names.sort().map(async (name) => {
    const [heading = ''] = headings(await read(`docs/adr/${name}`))
    return `${name} ${heading.replace('# ', '')}`
  })
  assert.ok(names.length >= 11)
  assert.deepEqual(indexed(await read('docs/adr/README.md')), await Promise.all(titled))
  const numbers = names.map((name) => Number(name.slice(0, 4)))
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => i + 1),
    'decisions are numbered without gaps',
  )
})

test('a decision that is left out of the index would be seen', () => {
  assert.deepEqual(indexed('- [1. Layout](0001-layout.md)\n- 2. Runtime'), [
    '0001-layout.md 1. Layout',
  ])
})

/** What holds on one machine only, or tells how a text came about. */
const strangers = [
  /(?<![\w.:/])\/(?:home|Users|work|mnt)\/\w+/,
  /\bregistry\.(?!npmjs\.org)[\w-]+\.\w+/,
]
const strangersIn = (text: string) => strangers.flatMap((pattern) => pattern.exec(text)?.[0] ?? [])

test('nothing in the repository belongs to one machine', async () => {
  const everything = await files('*', '.*', '.ci/*', '{src,tests,bench,docs}/**/*')
  assert.ok(everything.length > 250, 'few files were seen')
  for (const file of everything) {
    if (file === 'tests/tidy/repository.test.ts') continue
    assert.deepEqual(strangersIn(await read(file)), [], file)
  }
})

test('a path of one machine and the name of a package host would be seen', () => {
  assert.deepEqual(strangersIn("import '/home/sari/karcis/src/main.ts'"), ['/home/sari'])
  assert.equal(strangersIn(`${'registry'}.example.org`).length, 1)
  assert.deepEqual(strangersIn('/v1/events ./mnt/it https://example.org/home/page'), [])
})

test('npm test runs every test file, by itself or in a batch', async () => {
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: { test: string } }
  const themselves = await files(/"(tests[^"]+)"/.exec(scripts.test)?.[1] ?? '')
  const batches = await Promise.all((await files('tests/batches/*.test.ts')).map(read))
  const patterns = batches.map((batch) => /together\('(.+?)'/.exec(batch)?.[1] ?? '')
  const batched = await files(...patterns)
  const left = new Set(await files('{src,tests}/**/*.test.ts'))
  for (const file of [...themselves, ...batched]) left.delete(file)
  assert.deepEqual([...left], [])
  const twice = batched.filter((file) => themselves.includes(file))
  assert.deepEqual(twice, [])
})
