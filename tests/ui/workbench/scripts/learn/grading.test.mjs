// What was pointed at, and the node that was asked for.
import assert from "node:assert/strict"
import {test} from "node:test"
import {matching} from "../../../../../viz/ui/workbench/scripts/learn/glossary.js"
import {isAt, nodeOf, numberOf, wordsOf} from "../../../../../viz/ui/workbench/scripts/learn/grading.js"
import {Progress} from "../../../../../viz/ui/workbench/scripts/learn/progress.js"
import {linkModel} from "../../../../support/link_model.mjs"

test("a node is right in its own tree, and where it comes from by itself in another", () => {
  const model = linkModel()
  const place = {tree: "input", path: model.program.tree.path(2)}
  assert.equal(nodeOf(model, place), 2)
  assert.ok(isAt(model, {tree: "input", ids: [2]}, place))
  assert.ok(!isAt(model, {tree: "input", ids: [1]}, place))
  assert.ok(isAt(model, {tree: "c", ids: [2]}, place), "the final node 2 comes from the input node 2")
  assert.ok(!isAt(model, {tree: "c", ids: [3]}, place), "what a pass made comes from nothing")
  assert.ok(isAt(model, {tree: "input", ids: [2]}, {tree: "c", path: model.derived.get("c")?.tree.path(2) ?? ""}))
  assert.ok(!isAt(model, {tree: "input", ids: [2]}, {tree: "cuda", path: "m"}), "a tree that is not known")
})

test("a place of the text stands for all statements there, and not for what is inside", () => {
  const model = linkModel()
  assert.ok(isAt(model, {tree: "input", ids: [1, 2]}, {tree: "input", path: model.program.tree.path(2)}))
  assert.equal(wordsOf(model, null), "")
  assert.match(wordsOf(model, {tree: "input", ids: [1]}), /^T/)
})

test("numbers are read as people type them", () => {
  assert.deepEqual(["3", " 2,048 ", "16_384", "-1", "", "x", "1.5"].map(numberOf), [3, 2048, 16384, -1, undefined, undefined, undefined])
})

test("progress is kept, and comes back from a file; what is no progress does not", () => {
  const progress = new Progress()
  progress.note("a", 0, "shown")
  progress.note("a", 0, "right")
  progress.note("a", 0, "shown")
  progress.note("a", 1, "shown")
  assert.equal(progress.ending("a", 0), "right", "what was answered stays answered")
  assert.equal(progress.answered("a"), 1)
  const other = new Progress()
  assert.ok(other.add(progress.file))
  assert.equal(other.ending("a", 1), "shown")
  for (const text of ["", "{}", "[]", '{"tirscope-progress": 2, "lessons": {}}']) assert.ok(!other.add(text), text)
  assert.ok(other.add('{"tirscope-progress": 1, "lessons": {"b": {"0": "wrong", "x": "right"}}}'))
  assert.equal(other.answered("b"), 0)
})

test("terms are found by name before those that only speak of it", () => {
  /** @type {[string, string, string, string][]} */
  const terms = [["a", "alpha", "term", "beta"], ["b", "beta", "term", ""], ["c", "gamma", "term", ""]]
  assert.deepEqual(matching(terms, " Beta ").map(([id]) => id), ["b", "a"])
  assert.equal(matching(terms, "").length, 3)
})
