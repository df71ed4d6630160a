import assert from 'node:assert'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { parse } from 'yaml'
import { parseScrape, valueOf, type Series } from '../support/prometheus.ts'
import { askedBy, evaluate } from '../support/promql.ts'
import {
  buy,
  newUser,
  ok,
  onSale,
  openShop,
  place,
  send,
  until,
  type Shop,
} from '../support/shop.ts'

const split = process.env['TOPOLOGY'] === 'services'
/** The processes beside the first, and the one of them that hands mails over. */
const [mailing, ...beside] = split
  ? (['booking', 'catalog', 'identity', 'payment'] as const)
  : (['worker', 'api-1'] as const)

let shop: Shop
before(async () => {
  shop = await openShop(split ? {} : { API_PROCESSES: '2', WORKER: 'process' })
})
after(() => shop[Symbol.asyncDispose]())

/** `connection: close`, so that the next scrape may meet another process. */
async function scrape(): Promise<Series[]> {
  const answer = await fetch(`${shop.url}/metrics`, { headers: { connection: 'close' } })
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  return parseScrape(await answer.text())
}

test('one scrape shows an order from the request to the mail, whichever processes it went through', async () => {
  const event = await onSale(shop, { capacity: 3 })
  const buyer = await newUser(shop)
  await buy(buyer, event, { quantity: 2 })
  assert.equal((await place(buyer, event, { quantity: 2 })).status, 409)
  await place(buyer, event)
  // What the database says is kept for seconds, so the first look comes when all is done.
  await pause(1_000)

  // Services count what is passed on to them as well.
  const ordering = {
    route: '/v1/orders',
    method: 'POST',
    ...(split && { process: 'main' }),
  }
  type Wanted = [number, string, Record<string, string>]
  const wanted: Wanted[] = [
    [2, 'karcis_http_requests_total', { ...ordering, status: '2xx' }],
    [1, 'karcis_http_requests_total', { ...ordering, status: '4xx' }],
    [3, 'karcis_http_request_duration_seconds_count', ordering],
    [2, 'karcis_orders_placed_total', {}],
    [1, 'karcis_orders_refused_total', { reason: 'sold-out' }],
    [3, 'karcis_desk_commit_seconds_count', {}],
    [1, 'karcis_orders', { state: 'paid' }],
    [1, 'karcis_holds_alive', {}],
    [0, 'karcis_holds_overdue_seconds', {}],
    [1, 'karcis_payments', { gateway: 'xendit', state: 'settled' }],
    [1, 'karcis_gateway_calls_total', { operation: 'create', outcome: 'answered' }],
    [1, 'karcis_webhooks_received_total', { gateway: 'xendit', outcome: 'kept' }],
    [1, 'karcis_webhooks_concluded_total', { status: 'processed' }],
    [0, 'karcis_webhook_lag_seconds', {}],
    [0, 'karcis_outbox_messages', { module: 'booking' }],
    [0, 'karcis_parked_messages', {}],
    [1, 'karcis_deliveries_total', { type: 'ticket.issue', outcome: 'handled' }],
    [2, 'karcis_mails_total', { status: 'captured' }],
    [0, 'karcis_stock_guard_trips_total', {}],
    ...[mailing, ...beside].map((child): Wanted => [1, 'karcis_process_up', { child }]),
  ]
  const seen = (series: Series[]) =>
    wanted.map(([, name, labels]) => [valueOf(series, name, labels), name, labels])
  const settled = await until(scrape, (series) => {
    return JSON.stringify(seen(series)) === JSON.stringify(wanted)
  }).catch(scrape)
  assert.deepEqual(seen(settled), wanted)

  const delayed = settled.filter(({ name }) => name === 'nodejs_eventloop_lag_p99_seconds')
  assert.deepEqual(
    delayed.map(({ labels }) => labels['process']).sort(),
    ['main', mailing, ...beside].sort(),
  )
})

/** As Prometheus keeps them: it names the place of each series, and says whether it answered. */
function kept(series: Series[]): Series[] {
  const place = { job: 'karcis', instance: 'localhost:3000' }
  const placed = series.map((one) => ({ ...one, labels: { ...one.labels, ...place } }))
  return [...placed, { name: 'up', labels: place, value: 1 }]
}

test('every query of the dashboard and the alerts asks for what a scrape has', async () => {
  const series = kept(await scrape())
  const queries = [...(await dashboardQueries()), ...(await alerts()).map(({ expr }) => expr)]
  assert.ok(queries.length > 50, `${queries.length} queries`)
  assert.deepEqual(
    queries.flatMap((query) => missingIn(series, query)),
    [],
  )

  assert.throws(() => missingIn(series, 'sum(rate(karcis_orders[5m])'), /no PromQL/)
  assert.deepEqual(
    missingIn(series, 'sum by (shop) (karcis_orders{state="paid"}) > karcis_order'),
    ['karcis_orders has no label shop', 'there is no karcis_order'],
  )
})

/** A panel of the dashboard, by its title, as one query. */
async function queryOf(title: string): Promise<string> {
  const { targets = [] } = (await panels()).find((panel) => panel.title === title) ?? {}
  assert.equal(targets.length, 1, title)
  return targets[0]!.expr
}

test('the dashboard counts a request once, however many processes it went through', async () => {
  const query = await queryOf('Requests per second, by status')
  const before = kept(await scrape())
  for (let i = 0; i < 20; i++) await ok(send(shop.nobody, 'GET /v1/events'))
  const after = kept(await scrape())
  // A process that was asked for the first time counts from nothing.
  const known = new Set(before.map(({ name, labels }) => JSON.stringify([name, labels])))
  const begun = after.filter(({ name, labels }) => !known.has(JSON.stringify([name, labels])))
  before.push(...begun.map((one) => ({ ...one, value: 0 })))
  const [counted] = evaluate(query, { before, after, seconds: 1 }).filter(
    ({ labels }) => labels['status'] === '2xx',
  )
  assert.equal(counted?.value, 20 + 1, 'with the first scrape')
})

function missingIn(series: Series[], query: string): string[] {
  return askedBy(query).flatMap(({ metric, labels }) => {
    const found = series.filter(({ name }) => name === metric)
    if (found.length === 0) return [`there is no ${metric}`]
    const lacking = labels.filter((label) => !found.some((one) => label in one.labels))
    return lacking.map((label) => `${metric} has no label ${label}`)
  })
}

/** For each alert, the value of a series at which it must fire. */
const triggers: Record<string, [string, Record<string, string>, number]> = {
  StockGuardTripped: ['karcis_stock_guard_trips_total', { guard: 'never_oversell' }, 1],
  KarcisDown: ['up', {}, 0],
  ProcessGone: ['karcis_process_up', { child: mailing }, 0],
  RequestsFail: [
    'karcis_http_requests_total',
    { status: '5xx', process: 'main', job: 'karcis' },
    40,
  ],
  DeskNearlyFull: ['karcis_desk_fullest_queue_ratio', { process: 'main' }, 0.9],
  HoldsOverdue: ['karcis_holds_overdue_seconds', {}, 61],
  WebhooksLate: ['karcis_webhook_lag_seconds', {}, 61],
  WebhooksGivenUp: ['karcis_webhooks_given_up', {}, 1],
  OutboxLate: ['karcis_outbox_oldest_seconds', { module: 'payment' }, 31],
  DeliveriesLate: ['karcis_jobs', { state: 'waiting' }, 1_001],
  MessagesParked: ['karcis_parked_messages', {}, 1],
  RefundDue: ['karcis_refunds_due', {}, 1],
  PaymentMismatched: ['karcis_payments_mismatched', {}, 1],
  GatewayFails: ['karcis_gateway_calls_total', { gateway: 'xendit', outcome: 'failed' }, 9],
  MailsFail: ['karcis_mails_total', { status: 'failed', process: mailing }, 6],
  TasksFail: ['karcis_task_runs_total', { task: 'booking.expireHolds', outcome: 'failed' }, 4],
  GaugesFail: ['karcis_readings_failed_total', { process: 'main' }, 4],
}

test('an alert is silent while all is well, and fires when what it watches is not', async () => {
  const before = kept(await scrape())
  // What has not happened yet has no series yet; Prometheus knows it from its second scrape on.
  for (const [name, labels] of Object.values(triggers)) {
    if (valueOf(before, name, labels) === undefined) before.push({ name, labels, value: 0 })
  }
  const rules = await alerts()
  const firing = (after: Series[]) =>
    rules
      .filter(({ expr }) => evaluate(expr, { before, after, seconds: 60 }).length > 0)
      .map(({ alert }) => alert)

  assert.deepEqual(firing(before), [])
  assert.deepEqual(Object.keys(triggers).sort(), rules.map(({ alert }) => alert).sort())
  for (const [alert, [name, labels, value]] of Object.entries(triggers)) {
    const counts = name.endsWith('_total')
    const after = before.map((one) =>
      valueOf([one], name, labels) === undefined
        ? one
        : { ...one, value: counts ? one.value + value : value },
    )
    assert.deepEqual(firing(after), [alert])
  }
})

const fileOf = (name: string): Promise<string> =>
  readFile(path.resolve(import.meta.dirname, '../..', name), 'utf8')

type Rule = { alert: string; expr: string; annotations: { summary: string } }

async function alerts(): Promise<Rule[]> {
  const { groups } = parse(await fileOf('ops/prometheus/alerts.yaml')) as {
    groups: { rules: Rule[] }[]
  }
  return groups.flatMap(({ rules }) => rules)
}

type Panel = { title: string; targets?: { expr: string }[] }

async function panels(): Promise<Panel[]> {
  const dashboard = await fileOf('ops/grafana/dashboards/karcis.json')
  return (JSON.parse(dashboard) as { panels: Panel[] }).panels
}

const dashboardQueries = async (): Promise<string[]> =>
  (await panels()).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

test('the page for operators says what to do about each alert', async () => {
  const [, page = ''] = (await fileOf('docs/operating.md')).split('### Alerts')
  const told = [...page.matchAll(/^\| `([A-Z]\w+)` +\|/gm)].map(([, name]) => name)
  assert.deepEqual(
    told,
    (await alerts()).map(({ alert }) => alert),
  )
})

test('callers add no series, whatever they ask for', async () => {
  const ask = async (from: number) => {
    for (let i = from; i < from + 100; i += 20) {
      const lines = Array.from({ length: 20 }, (_, j) => [
        `GET /v1/orders/order-${randomUUID()}`,
        `GET /v1/events/event-${randomUUID()}`,
        `GET /${randomUUID()}?email=a${i + j}@example.test`,
        `PROPFIND /v1/${i + j}`,
        `DELETE /v1/orders`,
      ]).flat()
      await Promise.all(
        lines.map((line) => {
          const [method = '', path = ''] = line.split(' ')
          return fetch(`${shop.url}${path}`, { method }).then((answer) => answer.arrayBuffer())
        }),
      )
    }
  }
  await ask(0)
  const before = await scrape()
  await ask(10_000)
  const after = await scrape()
  // A route may be called in one process first and in another later.
  const keys = (series: Series[]) =>
    new Set(series.map(({ name, labels }) => JSON.stringify([name, { ...labels, process: '' }])))
  const known = keys(before)
  const added = [...keys(after)].filter((key) => key.includes('karcis_') && !known.has(key))
  assert.deepEqual(added, [])
  assert.equal(valueOf(after, 'karcis_http_requests_total', { route: 'none' }), 200 * 3)
  const values = after.flatMap(({ labels }) => Object.values(labels))
  assert.deepEqual(
    values.filter((text) => /@|[0-9a-f]{8}-[0-9a-f]{4}-/.test(text)),
    [],
  )
})

test('who calls through a proxy is a stranger', async () => {
  for (const header of ['x-forwarded-for', 'forwarded', 'via']) {
    const answer = await send(shop.nobody, 'GET /metrics', undefined, { [header]: 'for=192.0.2.7' })
    assert.equal(answer.status, 403, header)
  }
})
