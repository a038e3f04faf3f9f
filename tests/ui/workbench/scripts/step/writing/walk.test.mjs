// The walk of a codegen: what is entered and left, and how several texts keep in step.
import assert from "node:assert/strict"
import {test} from "node:test"
import {doneAt, inStep, pathAt, stepAt, walkOf} from "../../../../../../viz/ui/workbench/scripts/step/writing/walk.js"
import {linkedNodes, walkedTexts} from "../../../../../../viz/ui/workbench/scripts/step/writing/walked_texts.js"
import {linkModel} from "../../../../../support/link_model.mjs"

/** @import {Mark} from "../../../../../../viz/render/web/lines.js" */

const PARENTS = [-1, 0, 1, 1, 0]  // 0(1(2, 3), 4)
/** @param {number} id */
const parentOf = id => PARENTS[id]

test("a node without a mark is entered before the first and left after the last below it that writes", () => {
  /** @type {Mark[]} */
  const marks = [[2, 20, 0], [4, 6, 2], [8, 9, 3], [10, 12, 4]]
  const walk = walkOf(parentOf, marks)
  assert.deepEqual(walk.nodes, [0, 1, 2, 2, 3, 3, 1, 4, 4, 0])
  assert.deepEqual(walk.enters, [true, true, true, false, true, false, false, true, false, false])
  assert.deepEqual(walk.written, [2, 4, 4, 6, 8, 9, 9, 10, 12, 20])
  assert.deepEqual(pathAt(walk, 4), [0, 1, 3])
  assert.deepEqual(pathAt(walk, -1), [])
  assert.deepEqual([...doneAt(walk, 6)], [2, 3, 1])
  assert.equal(stepAt(walk, 0), 0)
  assert.equal(stepAt(walk, 8), 4)
  assert.equal(stepAt(walk, 99), 9)
})

test("a node that is written elsewhere than below its parent is entered alone", () => {
  const walk = walkOf(parentOf, [[0, 9, 2], [1, 3, 4]])
  assert.deepEqual(walk.nodes, [0, 1, 2, 4, 4, 2, 1, 0])
})

test("another text waits where nothing is linked", () => {
  const walk = walkOf(parentOf, [[0, 20, 0], [1, 3, 2], [4, 6, 3], [7, 9, 4]])
  const other = walkOf(parentOf, [[0, 9, 0], [1, 2, 2], [3, 4, 4], [5, 6, 4]])
  const steps = inStep(walk, other, node => node === 3 ? [] : [node])
  assert.deepEqual(walk.nodes.map((node, k) => [node, steps[k] < 0 ? -1 : other.nodes[steps[k]]]),
    [[0, 0], [1, 1], [2, 2], [2, 2], [3, 2], [3, 2], [1, 1], [4, 4], [4, 4], [0, 0]])
  assert.equal(other.written[steps[7]], 3)  // the first place of the node, and the last
  assert.equal(other.written[steps[8]], 6)
})

test("the marked texts of a model, with their walks", () => {
  const model = linkModel()
  assert.deepEqual(walkedTexts(undefined), [])
  assert.deepEqual(walkedTexts(model), [])
  model.derived.get("c")?.addTexts([{language: "c", text: "no marks"}, {language: "c", text: "a + b", marks: [0, 5, 1, 0, 1, 2], title: "Host"}])
  assert.equal(walkedTexts(model).length, 1)
  const more = {language: "c", text: "check\na + b\n", marks: [0, 12, 1, 0, 5, 2, 6, 1, 3], folds: null}
  const other = linkModel()
  other.derived.get("c")?.addTexts([more])
  assert.deepEqual(walkedTexts(other), [])  // which lines are checks is not known yet
  other.derived.get("c")?.addOrigins({folds: [[[1, 1, "checks"]]]})
  assert.deepEqual(walkedTexts(other)[0].walk.nodes, [0, 1, 3, 3, 1, 0])
  const [text] = walkedTexts(model)
  assert.deepEqual([text.key, text.title, text.walk.nodes], ["c.1", "C: Host", [0, 1, 2, 2, 1, 0]])
  assert.equal(walkedTexts(model)[0], text)
  const users = {...text, treeName: "input"}
  assert.deepEqual(linkedNodes(model, users, text, 2), [2])
  assert.deepEqual(linkedNodes(model, text, users, 2), [2])
  assert.deepEqual(linkedNodes(model, text, users, 3), [])  // made by a pass
  assert.deepEqual(linkedNodes(model, text, text, 3), [3])
})
