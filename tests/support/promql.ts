import { parser } from '@prometheus-io/lezer-promql'
import type { Series } from './prometheus.ts'

type Node = ReturnType<typeof parser.parse>['topNode']

/** What a query asks for: each metric with the labels it is selected and grouped by. */
export type Asked = { metric: string; labels: string[] }

/** Reads a query; throws when it is none. Labels by which it groups are asked of each of its metrics. */
export function askedBy(query: string): Asked[] {
  const text = ({ from, to }: Node) => query.slice(from, to)
  const groupedBy = nodesOf(tree(query), 'GroupingLabels').flatMap((node) =>
    node.getChildren('LabelName').map(text),
  )
  return nodesOf(tree(query), 'VectorSelector').map((selector) => ({
    metric: text(selector.getChild('Identifier')!),
    labels: [...nodesOf(selector, 'LabelName').map(text), ...groupedBy],
  }))
}

function tree(query: string): Node {
  const { topNode } = parser.parse(query)
  topNode.cursor().iterate(({ type, from }) => {
    if (type.isError) throw new Error(`no PromQL at ${from}: ${query}`)
  })
  return topNode
}

function nodesOf(node: Node, name: string): Node[] {
  const found: Node[] = []
  const visit = (at: Node) => {
    if (at.name === name) found.push(at)
    for (let child = at.firstChild; child; child = child.nextSibling) visit(child)
  }
  visit(node)
  return found
}

type Sample = { labels: Record<string, string>; value: number }
/** Two scrapes and the time between them, within the range of every `rate` and `increase`. */
export type Scrapes = { before: Series[]; after: Series[]; seconds: number }

/**
 * What a query answers after two scrapes, for as much of PromQL as our alerts use; throws at
 * anything else. A comparison answers the samples of which it is true, so an alert fires when
 * there is any.
 */
export function evaluate(query: string, scrapes: Scrapes): Sample[] {
  const text = ({ from, to }: Node) => query.slice(from, to)

  function select(selector: Node, series: Series[]): Sample[] {
    const matchers = nodesOf(selector, 'UnquotedLabelMatcher').map((matcher) => {
      const operator = text(matcher.getChild('MatchOp')!)
      const wanted = JSON.parse(text(matcher.getChild('StringLiteral')!)) as string
      if (operator !== '=' && operator !== '=~') throw unknown(matcher)
      const pattern = new RegExp(`^(?:${wanted})$`)
      const fits = (label: string) => (operator === '=' ? label === wanted : pattern.test(label))
      return [text(matcher.getChild('LabelName')!), fits] as const
    })
    return series.filter(
      ({ name, labels }) =>
        name === text(selector.getChild('Identifier')!) &&
        matchers.every(([label, fits]) => fits(labels[label] ?? '')),
    )
  }

  function grown(call: Node, unit: number): Sample[] {
    const [selector] = nodesOf(call, 'VectorSelector')
    const before = new Map(select(selector!, scrapes.before).map((one) => [keyOf(one.labels), one]))
    return select(selector!, scrapes.after).flatMap(({ labels, value }) => {
      const earlier = before.get(keyOf(labels))
      return earlier ? [{ labels, value: (value - earlier.value) / unit }] : []
    })
  }

  function aggregate(node: Node): Sample[] {
    const fold = folds[text(node.getChild('AggregateOp')!)]
    if (!fold) throw unknown(node)
    const by = nodesOf(node.getChild('AggregateModifier') ?? node, 'GroupingLabels').flatMap(
      (labels) => labels.getChildren('LabelName').map(text),
    )
    const groups = Map.groupBy(answer(node.getChild('FunctionCallBody')!.firstChild!), (one) =>
      keyOf(Object.fromEntries(by.map((label) => [label, one.labels[label] ?? '']))),
    )
    return [...groups].map(([key, samples]) => ({
      labels: Object.fromEntries(JSON.parse(key)),
      value: fold(samples.map(({ value }) => value)),
    }))
  }

  function compare(node: Node): Sample[] {
    const [left, operator, right] = [
      node.firstChild!,
      text(node.firstChild!.nextSibling!),
      node.lastChild!,
    ]
    const others = right.name === 'NumberDurationLiteral' ? Number(text(right)) : answer(right)
    return answer(left).flatMap(({ labels, value }) => {
      const other =
        typeof others === 'number'
          ? others
          : others.find((one) => keyOf(one.labels) === keyOf(labels))?.value
      if (other === undefined) return []
      if (operator === '/') return [{ labels, value: value / other }]
      if (operator !== '>' && operator !== '==') throw unknown(node)
      return (operator === '>' ? value > other : value === other) ? [{ labels, value }] : []
    })
  }

  function answer(node: Node): Sample[] {
    if (node.name === 'VectorSelector') return select(node, scrapes.after)
    if (node.name === 'AggregateExpr') return aggregate(node)
    if (node.name === 'BinaryExpr') return compare(node)
    const called = node.name === 'FunctionCall' && text(node.getChild('FunctionIdentifier')!)
    if (called === 'increase') return grown(node, 1)
    if (called === 'rate') return grown(node, scrapes.seconds)
    throw unknown(node)
  }

  const unknown = (node: Node) => new Error(`not known here: ${text(node)}`)
  return answer(tree(query).firstChild!)
}

const keyOf = (labels: Record<string, string>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

const folds: Record<string, (values: number[]) => number> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
}
