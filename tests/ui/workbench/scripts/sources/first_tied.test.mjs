// Where a source begins to be about the user's program.
import assert from "node:assert/strict"
import {test} from "node:test"
import {LinkModel} from "../../../../../viz/render/web/model.js"
import {firstTied} from "../../../../../viz/ui/workbench/scripts/sources/first_tied.js"
import {ORIGINS, PROGRAM, TABLES, TREE, linkModel} from "../../../../support/link_model.mjs"

/** @type {[number, number, number][]} */
const MARKS = [[0, 40, 0], [3, 9, 3], [12, 20, 1], [14, 16, 2]]

test("the first statement that comes from the user's text, not what a pass made", () => {
  assert.equal(firstTied(linkModel(), "c", MARKS), 12)
  assert.equal(firstTied(linkModel(), "c", MARKS.slice(0, 2)), -1)
})

test("nothing is known before the origins are", () => {
  const model = new LinkModel("abcdef\n", PROGRAM, TABLES)
  assert.equal(firstTied(model, "c", MARKS), undefined)
  const derived = model.add({name: "c", title: "C", tree: TREE}, TABLES)
  assert.equal(firstTied(model, "c", MARKS), undefined)
  derived.addOrigins(ORIGINS)
  assert.equal(firstTied(model, "c", MARKS), 12)
})
