// Retell the walk of a codegen from the marks of its text, as viz/provenance/walk.py does: nodes in the order of its visits.

/** @import {Mark} from "../../../../../render/web/lines.js" */

/**
 * Steps of a walk: `enters[k]` tells whether step k enters `nodes[k]` or leaves it; `written[k]` characters stand by then.
 * @typedef {{enters: boolean[], nodes: number[], written: number[]}} Walk
 */

/**
 * A node is entered where its mark begins and left where that ends; nodes without a mark on the way to one are entered before it.
 * @param {(id: number) => number} parentOf -1 for the root
 * @param {Mark[]} marks in the order in which they open
 * @returns {Walk}
 */
export function walkOf(parentOf, marks) {
  /** @type {Walk} */
  const walk = {enters: [], nodes: [], written: []}
  /** @type {{node: number, end: number, inner: number[]}[]} */
  const open = [{node: -1, end: Infinity, inner: []}]  // the marks that are open, the outer first; inside each what is entered without one
  let written = 0
  /** @param {boolean} enters @param {number} node */
  const step = (enters, node) => {
    walk.enters.push(enters)
    walk.nodes.push(node)
    walk.written.push(written)
  }
  /** @param {number[]} inner @param {number} kept */
  const leave = (inner, kept) => { while (inner.length > kept) step(false, inner.pop() ?? -1) }
  /** @param {number} start */
  const closeBefore = start => {
    for (let last = open[open.length - 1]; open.length > 1 && last.end <= start; last = open[open.length - 1]) {
      leave(last.inner, 0)
      open.pop()
      written = last.end
      step(false, last.node)
    }
  }
  for (const [start, end, node] of marks) {
    closeBefore(start)
    const {node: outer, inner} = open[open.length - 1]
    const way = wayTo(parentOf, outer, node)
    const shared = sharedLength(inner, way)
    leave(inner, shared)
    written = start
    for (const between of way.slice(shared)) {
      inner.push(between)
      step(true, between)
    }
    open.push({node, end, inner: []})
    step(true, node)
  }
  closeBefore(Infinity)
  leave(open[0].inner, 0)
  return walk
}

/**
 * The nodes between a node and one around it, the outer first; none where the one is not below the other.
 * @param {(id: number) => number} parentOf
 * @param {number} outer -1 for none
 * @param {number} node
 */
function wayTo(parentOf, outer, node) {
  const way = []
  for (let above = parentOf(node); above !== outer; above = parentOf(above)) {
    if (above < 0) return []
    way.unshift(above)
  }
  return way
}

/** @param {number[]} a @param {number[]} b */
function sharedLength(a, b) {
  let length = 0
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length += 1
  return length
}

/**
 * The nodes that are entered and not left after a step, the outer first.
 * @param {Walk} walk
 * @param {number} at
 */
export function pathAt({enters, nodes}, at) {
  /** @type {number[]} */
  const path = []
  for (let k = 0; k <= at && k < nodes.length; k += 1) {
    if (enters[k]) path.push(nodes[k])
    else path.pop()
  }
  return path
}

/**
 * The nodes that are left after a step.
 * @param {Walk} walk
 * @param {number} at
 */
export function doneAt({enters, nodes}, at) {
  const done = new Set()
  for (let k = 0; k <= at && k < nodes.length; k += 1) if (!enters[k]) done.add(nodes[k])
  return done
}

/**
 * The step that begins with the character at an offset, or the last one before it.
 * @param {Walk} walk
 * @param {number} offset
 */
export function stepAt({written}, offset) {
  let at = 0
  while (at + 1 < written.length && written[at + 1] <= offset) at += 1
  return at
}

/**
 * For each step of a walk the step of another walk that is at the same node: when a node is entered, where the other enters
 * its first node linked to it; when it is left, where the other leaves its last one. Where nothing is linked the other waits.
 * @param {Walk} walk
 * @param {Walk} other
 * @param {(node: number) => number[]} linked the other tree's nodes of a node
 */
export function inStep(walk, other, linked) {
  /** @type {Map<number, number>} */
  const entered = new Map()
  /** @type {Map<number, number>} */
  const left = new Map()
  other.nodes.forEach((node, k) => {
    if (!other.enters[k]) left.set(node, k)
    else if (!entered.has(node)) entered.set(node, k)
  })
  let at = -1
  return walk.nodes.map((node, k) => {
    const steps = linked(node).flatMap(id => (walk.enters[k] ? entered : left).get(id) ?? [])
    if (steps.length) at = walk.enters[k] ? Math.min(...steps) : Math.max(...steps)
    return at
  })
}
