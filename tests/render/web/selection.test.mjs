// Pointing, holding and pinning, with a page that is not there.
import assert from "node:assert/strict"
import {test} from "node:test"
import {Selection, isSameRef} from "../../../viz/render/web/selection.js"
import {linkModel} from "../../support/link_model.mjs"

/** @import {Links, Ref, View} from "../../../viz/render/web/view.d.ts" */

/** A view that notes what it is asked to do. @param {string} tree */
function fakeView(tree) {
  const view = {
    host: /** @type {HTMLElement} */ (/** @type {unknown} */ ({contains: () => false})), tree,
    /** @type {string[]} */
    calls: [],
    /** @type {Links | undefined} */
    links: undefined,
    /** @param {Links} links */
    show(links) { this.links = links },
    places: () => [`${tree} 1`, `${tree} 2`],
    /** @param {string} [place] */
    reveal(place) { this.calls.push(place ?? "any") },
    forgetCursor() { this.calls.push("forget") },
  }
  return view
}

/** @param {View[]} views */
function selectionOf(views) {
  const page = /** @type {Document} */ (/** @type {unknown} */ (new EventTarget()))
  Object.defineProperty(globalThis, "document", {value: page, configurable: true})
  const model = linkModel()
  /** @type {[ref: Ref | null, isPinned: boolean][]} */
  const told = []
  const selection = new Selection({root: page, views: () => views, model: () => model, tell: (ref, isPinned) => told.push([ref, isPinned])})
  return {selection, told}
}

const [ONE, TWO] = [{tree: "c", ids: [1]}, {tree: "c", ids: [2]}]

test("references are equal by tree and ids", () => {
  assert.ok(isSameRef({tree: "c", ids: [1, 2]}, {tree: "c", ids: [1, 2]}))
  assert.ok(!isSameRef({tree: "c", ids: [1]}, {tree: "input", ids: [1]}))
  assert.ok(!isSameRef({tree: "c", ids: [1]}, null))
  assert.ok(isSameRef(null, null))
})

test("a pin outweighs the pointer, the pointer what is held", () => {
  const view = fakeView("c")
  const {selection, told} = selectionOf([view])
  selection.hold(ONE)
  selection.hover(TWO)
  selection.pin(ONE)
  selection.hover(null)
  selection.pin(null)
  assert.deepEqual(told, [[ONE, false], [TWO, false], [ONE, true], [ONE, false]])
  assert.deepEqual(view.calls, ["forget"])
  assert.deepEqual([...view.links?.input ?? []], [[1, "inherited"]])
  selection.reset()
  assert.deepEqual(told.at(-1), [null, false])
  assert.equal(view.links?.input.size, 0)
})

test("a reference to a tree that is not there lights nothing", () => {
  const {selection, told} = selectionOf([fakeView("c")])
  selection.hover({tree: "nosuch", ids: [1]})
  assert.deepEqual(told, [[null, false]])
})

test("the next place is in whatever view it is, and after the last comes the first", () => {
  const views = [fakeView("input"), fakeView("c")]
  const {selection} = selectionOf(views)
  const reached = [1, 1, 1, 1, 1].map(() => selection.next(1)?.place)
  assert.deepEqual(reached, [1, 2, 3, 4, 1])
  assert.deepEqual(views.map(({calls}) => calls), [["input 1", "input 2", "input 1"], ["c 1", "c 2"]])
  assert.equal(selectionOf([]).selection.next(1), undefined)
})

test("views scroll to what is lit, but for the one under the pointer", async () => {
  const [under, other] = [fakeView("input"), fakeView("c")]
  const {selection} = selectionOf([under, other])
  selection.hover(TWO, under)
  selection.pin(TWO)
  await new Promise(done => setTimeout(done, 20))
  assert.deepEqual([under.calls, other.calls], [[], ["any"]])
  selection.showAll()
  await new Promise(done => setTimeout(done, 20))
  assert.deepEqual([under.calls, other.calls], [["any"], ["any", "any"]])
  selection.pin(null)
  selection.reset()
})
