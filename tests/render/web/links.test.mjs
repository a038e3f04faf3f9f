// links.js: find what lights up in each tree and text for the node that is pointed at.
import assert from "node:assert/strict"
import {test} from "node:test"
import {linked, markedLinks, unmarkedSpans} from "../../../viz/render/web/links.js"
import {TABLES, linkModel} from "../../support/link_model.mjs"

/** @import {Link} from "../../../viz/render/web/view.d.ts" */

test("links go from each tree to the others and tell how certain they are", () => {
  const model = linkModel()
  const down = linked(model, {tree: "input", ids: [2]}, ["input", "c"])
  assert.deepEqual([...down.trees.get("c") ?? []], [[2, "exact"]])
  const up = linked(model, {tree: "c", ids: [2]}, ["input", "c"])
  assert.deepEqual([...up.input], [[2, "exact"]])
  assert.deepEqual(up.spans, [[[0, 2], "exact"]])
  const loop = linked(model, {tree: "c", ids: [1]}, ["c"])
  assert.deepEqual([...loop.input], [[1, "inherited"]])
  const made = linked(model, {tree: "c", ids: [3]}, ["c"])
  assert.deepEqual([[...made.trees.get("c") ?? []], [...made.input]], [[[3, "made"]], []])
  // Nothing comes from node 3 of the input alone: what encloses it does.
  assert.deepEqual([...linked(model, {tree: "input", ids: [3]}, ["c"]).trees.get("c") ?? []], [[1, "inherited"]])
  // Nothing comes from node 0: what is below it does.
  assert.deepEqual([...linked(model, {tree: "input", ids: [0]}, ["c"]).trees.get("c") ?? []], [[1, "inherited"], [2, "inherited"]])
})

test("links go from one target to another through the user's program", () => {
  const model = linkModel()
  const cuda = model.add({
    name: "cuda", title: "CUDA", tree: {root: "m", nodes: [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0]},
    origins: {nodes: [1], inputNodes: [2], made: [0], how: "0", places: {}, shared: []}}, TABLES)
  assert.deepEqual([...cuda.byInput], [[2, [1]]])
  const links = linked(model, {tree: "c", ids: [2]}, ["c", "cuda", "nosuch"])
  assert.deepEqual([...links.trees.keys()], ["c", "cuda"])
  assert.deepEqual([...links.trees.get("cuda") ?? []], [[1, "exact"]])
})

test("a kernel that several calls share lights all of them, and each of them lights it", () => {
  const model = linkModel()
  const shared = model.add({
    name: "c", title: "C", tree: {root: "m", nodes: [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0]},
    origins: {nodes: [1, 1], inputNodes: [2, 1], made: [0, 0], how: "11", places: {}, shared: [[1, 2, [[2], [3]]]]}}, TABLES)
  const up = linked(model, {tree: "c", ids: [1]}, ["c"])
  assert.deepEqual([...up.input], [[2, "inherited"], [3, "inherited"]])
  assert.deepEqual(up.spans, [[[0, 2], "inherited"], [[3, 5], "inherited"]])
  for (const call of [2, 3]) {
    assert.deepEqual([...linked(model, {tree: "input", ids: [call]}, ["c"]).trees.get("c") ?? []], [[1, "inherited"]])
  }
  assert.deepEqual([shared.callsOf(1), shared.callsOf(2)], [2, 0])
  assert.deepEqual([...linked(model, {tree: "c", ids: [2]}, ["c"]).input], [[1, "inherited"]])
})

test("a node without a mark lights what is below it, else what encloses it", () => {
  const {tree} = linkModel().derived.get("c") ?? assert.fail()
  /** @param {number} marked @param {number} id @param {Link} link */
  const lit = (marked, id, link) => [...markedLinks(tree, node => node === marked, new Map([[id, link]]))]
  assert.deepEqual(lit(2, 1, "exact"), [[2, "inherited"]])
  assert.deepEqual(lit(1, 2, "exact"), [[1, "inherited"]])
  assert.deepEqual(lit(2, 2, "exact"), [[2, "exact"]])
  assert.deepEqual(lit(2, 1, "made"), [[2, "made"]])
  assert.deepEqual(lit(7, 2, "exact"), [])
})

test("places that no lit mark covers are shown by themselves", () => {
  const model = linkModel()
  const links = linked(model, {tree: "input", ids: [2]}, [])
  assert.deepEqual(unmarkedSpans(model, links, () => true), [])
  assert.deepEqual(unmarkedSpans(model, links, () => false), [[[0, 2], "exact"]])
})
