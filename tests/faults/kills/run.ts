import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { steps, type Step } from '../../../src/platform/steps.ts'
import { logIn, onSale, type ShopEvent } from '../../support/shop.ts'
import { crowd } from './buyers.ts'
import { chanceOf, type Chance } from '../../support/chance.ts'
import { reckon, type Found } from './reckoning.ts'
import { find, settled } from './settle.ts'
import { openWorld, type BusKind, type World } from './world.ts'

const help = `npm run faults -- [--kills <count>] [--seed <number>] [--services] [--bus <name>] [--buyers <count>]

Kills -9 the processes of Karcis, its PostgreSQL and its broker, at random and at every named step
between two effects, while buyers buy; lets it settle; and compares what the buyers were told with
what there is.

  --kills <count>          100, unless given
  --seed <number>          repeats the choices of an earlier run
  --services               four services and a gateway instead of one program
  --bus <name>             postgres, unless given; or rabbitmq or kafka, each with a server of its own
  --api-processes <count>  1, unless given: API_PROCESSES of the program
  --buyers <count>         12, unless given
  --verbose                tells each kill
  --log <folder>           keeps there what the program logs

Ends with 1 on a broken promise.
`

/** How long a kill waits for somebody to come to its step, before somebody else is killed. */
const stepMillisMax = 3_000
const rareStepMillisMax = 30_000
const deathMillis = 150
const names = Object.keys(steps) as Step[]
const say = (text: string) => void process.stdout.write(`${text}\n`)

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    buyers: { type: 'string', default: '12' },
    services: { type: 'boolean', default: false },
    bus: { type: 'string', default: 'postgres' },
    'api-processes': { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    log: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
async function run(): Promise<boolean> {
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1_000)
  const { seed, services, bus } = values
  if (!isBus(bus)) throw new Error(`--bus is ${bus}; it must be postgres, rabbitmq or kafka.`)
  const apiProcesses = Number(values['api-processes'])
  const processes = apiProcesses > 1 ? `${apiProcesses} API processes, ` : ''
  say(`${services ? 'services' : 'one program'} over ${bus}, ${processes}seed ${seed}`)
  const chance = chanceOf(Number(seed))
  await using world = await openWorld({ services, apiProcesses, bus, logDir: values.log })
  await world.ready()
  const events = await openSales(world)

  const over = new AbortController()
  const count = Number(values.kills)
  const crowded = { count: Number(values.buyers), chance, signal: over.signal }
  const buying = crowd(world.url, events, crowded)
  const killed = await kill(world, count, chance, seconds)
  over.abort()
  const remembered = await buying
  say(`${seconds()} s: ${remembered.length} orders acknowledged; settling`)

  const { broken, last } = await settled(world)
  const waits = [...last].map(([what, after]) => `${what} ${after} s`)
  say(`${seconds()} s: at rest; last to come: ${waits.join(', ') || 'nothing'}`)
  const found = await find(world)
  const crashes = [...killed.values()].reduce((sum, times) => sum + times, 0)
  broken.push(...reckon(remembered.map(withBareId), found, crashes))
  const never = names.filter((step) => !killed.has(step))
  if (count >= 2 * names.length) {
    broken.push(...never.map((step) => `nobody was ever between the effects of ${step}`))
  }
  tell(killed, found, broken)
  say(`${crashes} kills, seed ${seed}, ${seconds()} s: ${broken.length} promises broken`)
  return broken.length === 0
}

function tell(killed: Map<string, number>, found: Found, broken: string[]): void {
  const states = Map.groupBy(found.orders, ({ status }) => status)
  const counts = [...states].map(([status, orders]) => `${orders.length} ${status}`)
  say(`${found.orders.length} orders: ${counts.join(', ')}`)
  for (const [what, times] of killed) say(`${String(times).padStart(5)}  ${what}`)
  for (const line of broken.slice(0, 50)) say(`BROKEN  ${line}`)
}

const isBus = (name: string): name is BusKind => ['postgres', 'rabbitmq', 'kafka'].includes(name)

const withBareId = <T extends { orderId: string }>(memory: T): T => ({
  ...memory,
  orderId: memory.orderId.replace('order-', ''),
})

/** One event that never sells out, and one that always is about to. */
async function openSales({ url }: World): Promise<ShopEvent[]> {
  const nobody = { url, headers: {} }
  const organiser = await logIn(nobody, 'organiser@karcis.test', 'karcis-demo')
  const free = { capacity: 100_000, unitPrice: 50_000 }
  const scarce = { capacity: 60, seatsPerRow: 10, unitPrice: 150_000 }
  const terms = { refundable: true }
  return [
    await onSale({ organiser }, free, terms),
    await onSale({ organiser }, scarce, terms),
    await onSale({ organiser }, free, terms),
  ]
}

/** Kills so many times, half of them at a step; resolves to what died how often. */
async function kill(
  world: World,
  count: number,
  chance: Chance,
  seconds: () => number,
): Promise<Map<string, number>> {
  const killed = new Map<string, number>()
  const line = stepsInLine(world)
  const killAny = victimsInTurn(world, chance)
  const note = async (what: string | undefined, at = Date.now()) => {
    if (what === undefined) return
    killed.set(what, (killed.get(what) ?? 0) + 1)
    await world.ready()
    if (values.verbose) say(`${seconds()} s: ${what}; back in ${Date.now() - at} ms`)
  }
  const total = () => [...killed.values()].reduce((sum, times) => sum + times, 0)
  for (let told = 20; total() < count; await sleep(chance.below(600))) {
    await note(await line.next(stepMillisMax))
    if (total() < count) await note(await killAny())
    if (total() < told) continue
    say(`${seconds()} s: ${total()} of ${count} kills`)
    told += 20
  }
  for (let end = Date.now() + rareStepMillisMax; Date.now() < end;) {
    if (count < 2 * names.length || names.every((step) => killed.has(step))) break
    const step = await line.next(stepMillisMax)
    if (step) end = Date.now() + rareStepMillisMax
    await note(step)
  }
  await line.end()
  return killed
}

/**
 * Arms one step after another, the next once somebody has died at the last. A step that nobody
 * comes to in time stays armed while others die.
 */
function stepsInLine(world: World) {
  let armed: Step | undefined
  let turn = 0
  return {
    /** Resolves to the step at which somebody has died. */
    async next(millisMax: number): Promise<Step | undefined> {
      if (armed === undefined) {
        armed = names[turn++ % names.length]!
        await world.arm(armed)
      }
      for (const end = Date.now() + millisMax; Date.now() < end; await sleep(20)) {
        if (await world.isArmed(armed)) continue
        const reached = armed
        armed = undefined
        return reached
      }
      return undefined
    },
    async end(): Promise<void> {
      if (armed !== undefined) await world.disarm(armed)
    },
  }
}

/** Kills one kind of process after another, in an order of chance, and of each kind any one. */
function victimsInTurn(world: World, chance: Chance) {
  const had = new Set<string>()
  return async (): Promise<string | undefined> => {
    const victims = await world.victims()
    const waiting = [...victims.keys()].filter((what) => !had.has(what))
    if (waiting.length === 0) had.clear()
    const what = chance.oneOf(waiting.length > 0 ? waiting : [...victims.keys()])
    had.add(what)
    try {
      process.kill(chance.oneOf(victims.get(what)!), 'SIGKILL')
      // Until it is gone, all seems to be well.
      await sleep(deathMillis)
      return what
    } catch {
      return undefined
    }
  }
}

if (values.help) say(help)
else process.exitCode = (await run()) ? 0 : 1
