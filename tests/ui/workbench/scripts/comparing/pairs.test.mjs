// What is on the other side: nodes, lines, and what is gone through one by one.
import assert from "node:assert/strict"
import {test} from "node:test"
import {Counterparts} from "../../../../../viz/ui/workbench/scripts/comparing/counterparts.js"
import {hunks, lineBeside, nodeDifferences} from "../../../../../viz/ui/workbench/scripts/comparing/differences.js"
import {scrollTogether} from "../../../../../viz/ui/workbench/scripts/comparing/scrolling.js"

/** @import {PackedPairs, PairedLine} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** Line 2 of A is another one in B, where a line 3 follows that A lacks. @type {PairedLine[]} */
const LINES = [
  ["same", 1, 1, [], []], ["changed", 2, 2, [0, 1], [0, 1]], ["added", 0, 3, [], []], ["same", 3, 4, [], []], ["removed", 4, 0, [], []],
]
/** Nodes 0 and 2 of A are 0 and 1 of B; A's 1 and B's 2 are alone. @type {PackedPairs} */
const PAIRS = {pairs: [0, 0, 2, 1], changed: [[[1, "removed"], [2, "changed"]], [[1, "changed"], [2, "added"]]]}

test("a node leads to its counterpart from either side, one that is alone to nothing", () => {
  const counterparts = new Counterparts(PAIRS, null)
  assert.deepEqual(counterparts.of({tree: "input", ids: [2, 1]}, 0, undefined, "c"), {tree: "input", ids: [1]})
  assert.deepEqual(counterparts.of({tree: "input", ids: [1]}, 1, undefined, "c"), {tree: "input", ids: [2]})
  assert.equal(counterparts.of({tree: "input", ids: [2]}, 1, undefined, "c"), null)
})

test("a lowered node without a counterpart is followed through the programs", () => {
  const final = {...PAIRS, pairs: [5, 6]}
  const counterparts = new Counterparts(PAIRS, final)
  assert.deepEqual(counterparts.of({tree: "cuda", ids: [5]}, 0, undefined, "c"), {tree: "c", ids: [6]})
  // Node 7 of A's CUDA comes from node 2 of A's program.
  const model = /** @type {any} */ ({derived: new Map([["cuda", {origin: () => ({input: 2})}]])})
  assert.deepEqual(counterparts.of({tree: "cuda", ids: [7]}, 0, model, "c"), {tree: "input", ids: [1]})
})

test("lines that follow one another are one difference", () => {
  const found = hunks("text", LINES)
  assert.deepEqual(found.map(({lines}) => lines), [[[2], [2, 3]], [[4], []]])
})

test("of nodes a pair is one difference, and only what is drawn is gone to", () => {
  assert.deepEqual(nodeDifferences("tree", PAIRS, () => true).map(({nodes}) => nodes), [[1, undefined], [2, 1], [undefined, 2]])
  assert.deepEqual(nodeDifferences("tree", PAIRS, side => side === 1).map(({nodes}) => nodes), [[undefined, 2]])
})

test("the line beside another one is as far below the last that both have", () => {
  assert.equal(lineBeside(LINES, 0, 3), 4)
  assert.equal(lineBeside(LINES, 1, 3), 3)
  assert.equal(lineBeside(LINES, 0, 9), 10)
  assert.equal(lineBeside([], 0, 7), 7)
})

test("the pane that somebody scrolls takes the other one along", () => {
  /** @param {boolean} isHovered @param {number[]} tops of its lines @returns {any} */
  const host = (isHovered, tops) => ({
    scrollTop: 0, scrollLeft: 0, listen: () => {},
    addEventListener(/** @type {string} */ _kind, /** @type {() => void} */ act) { this.listen = act },
    matches: () => isHovered,
    getBoundingClientRect: () => ({top: 100}),
    querySelectorAll: () => tops.map((_, i) => row(tops[i], i + 1)),
    querySelector(/** @type {string} */ wanted) { return row(tops[Number(/\d+/.exec(wanted)?.[0]) - 1], 0) },
  })
  /** @param {number} top @param {number} line */
  const row = (top, line) => ({getBoundingClientRect: () => ({top, bottom: top + 20}), getAttribute: () => String(line)})
  const before = globalThis.requestAnimationFrame
  globalThis.requestAnimationFrame = act => {
    act(0)
    return 0
  }
  // Line 3 of A is at the top; beside it stands line 4 of B, 60 pixels further down.
  const [a, b] = [host(true, [60, 80, 100, 120]), host(false, [100, 120, 140, 160])]
  scrollTogether([a, b], () => LINES)
  a.listen()
  b.listen()  // it was not this one that was scrolled
  assert.equal(b.scrollTop, 60)
  assert.equal(a.scrollTop, 0)
  globalThis.requestAnimationFrame = before
})
