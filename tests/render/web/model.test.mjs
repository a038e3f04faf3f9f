// Decoding what the server packs.
import assert from "node:assert/strict"
import {test} from "node:test"
import {LinkModel, NodeTree, collect, unpackMarks} from "../../../viz/render/web/model.js"
import {ORIGINS, PROGRAM, TABLES, TREE, linkModel} from "../../support/link_model.mjs"

test("lists are collected by key", () => {
  const map = new Map()
  for (const [key, value] of [["a", 1], ["b", 2], ["a", 3]]) collect(map, key, value)
  assert.deepEqual([...map], [["a", [1, 3]], ["b", [2]]])
})

test("a tree has its nodes, edges, paths and fields", () => {
  const tree = new NodeTree({root: "m", nodes: [0, 0, 1, 0, 0, 0, 1, 1, 0, 4, 6, 1]}, TABLES)
  assert.deepEqual(tree.get(0)?.children, [1])
  const {parent, kind, title, label, dtype, field} = tree.get(1) ?? assert.fail()
  assert.deepEqual([parent, kind, title, label, dtype, field], [0, "stmt", "T", "of x", "float32", "body"])
  assert.equal(tree.path(1), "m.body")
  assert.equal(tree.path(0), "m")
  assert.deepEqual(tree.fields(1), [["a", "x"]])
  assert.deepEqual(tree.explanation("t.T"), ["a node", "节点"])
  assert.equal(tree.explanation("t.F"), undefined)
  assert.equal(tree.get(2), undefined)
  assert.deepEqual(tree.fields(2), [])
})

test("one can go up a tree and down it", () => {
  const {tree} = linkModel().program
  assert.deepEqual([...tree.upwards(3)], [3, 1, 0])
  /** @type {number[]} */
  const visited = []
  tree.below(0, id => {
    visited.push(id)
    return id !== 1
  })
  assert.deepEqual(visited, [1])
})

test("marks are unpacked from steps and lengths", () => {
  assert.deepEqual(unpackMarks([2, 5, 9, 1, 2, 8]), [[2, 7, 9], [3, 5, 8]])
})

test("origins are those of the nearest enclosing node that has one", () => {
  const derived = linkModel().derived.get("c") ?? assert.fail()
  assert.deepEqual(derived.origin(2), {input: 2, span: [0, 2], pass: 0, certainty: "exact"})
  assert.deepEqual(derived.origin(3), {input: -1, span: undefined, pass: 1, certainty: "synthesised"})
  assert.equal(derived.origin(0), undefined)
  assert.equal(derived.passName(1), "One")
  assert.equal(derived.passName(7), "")
  assert.deepEqual([...derived.byInput], [[1, [1]], [2, [2]]])
})

test("a place of an origin outweighs that of its input node", () => {
  const model = new LinkModel("abcdef\n", PROGRAM, TABLES)
  const derived = model.add({name: "c", title: "C", tree: TREE, origins: {...ORIGINS.origins, places: {2: [4, 6]}}}, TABLES)
  assert.deepEqual(derived.origin(2)?.span, [4, 6])
})

test("nodes at one place belong together, and those without a place to what encloses them", () => {
  const program = {tree: TREE, spans: [1, 0, 6, 2, 0, 6]}
  const model = new LinkModel("abcdef\n", program, TABLES)
  assert.deepEqual(model.program.nodesAtPlaceOf(1), [1, 3, 2])
  assert.deepEqual(model.program.span(3), [0, 6])
  assert.equal(model.program.span(0), undefined)
  assert.deepEqual(model.program.marks(), [[0, 6, 1]])
})

test("marks of the user's text nest: one that crosses another is left out", () => {
  const model = new LinkModel("abcdefgh\n", {tree: TREE, spans: [1, 0, 4, 2, 2, 6, 3, 4, 8]}, TABLES)
  assert.deepEqual(model.program.marks(), [[0, 4, 1], [4, 8, 3]])
})

test("lines of a span count from 1, a last line break does not count", () => {
  const model = new LinkModel("a\nb\nc\n", PROGRAM, TABLES)
  assert.deepEqual(model.linesOf([0, 2]), [1, 1])
  assert.deepEqual(model.linesOf([2, 5]), [2, 3])
})
