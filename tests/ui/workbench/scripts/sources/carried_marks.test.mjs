// Marks and folds of a text that was edited.
import assert from "node:assert/strict"
import {test} from "node:test"
import {carriedMarks} from "../../../../../viz/ui/workbench/scripts/sources/carried_marks.js"

/** @import {Mark} from "../../../../../viz/render/web/lines.js" */
/** @import {Fold} from "../../../../../viz/render/web/packed.d.ts" */

test("marks before and after an edit keep their words; those around it grow", () => {
  const [before, after] = ["a = b + 1;\nend", "a = b + 1234;\nend"]
  /** @type {Mark[]} */
  const marks = [[0, 10, 1], [0, 1, 2], [8, 9, 3], [9, 10, 4], [11, 14, 5]]
  const words = carriedMarks(before, after, marks, []).marks.map(([from, to, node]) => [after.slice(from, to), node])
  assert.deepEqual(words, [["a = b + 1234;", 1], ["a", 2], ["1", 3], [";", 4], ["end", 5]])
  const replaced = carriedMarks("f(x)", "f(yy)", [[0, 4, 1], [2, 3, 2]], []).marks
  assert.deepEqual(replaced, [[0, 5, 1], [2, 4, 2]])
})

test("folds after new lines move with them; one that the edit is in goes", () => {
  /** @type {Fold[]} */
  const folds = [[1, 2, "checks"], [4, 1, "unwritten"], [6, 2, "checks"]]
  const before = "1\n2\n3\n4\n5\n6\n7\n"
  assert.deepEqual(carriedMarks(before, "1\n2\n3\n4\n5\nnew\n6\n7\n", [], folds).folds, [[1, 2, "checks"], [4, 1, "unwritten"], [7, 2, "checks"]])
  assert.deepEqual(carriedMarks(before, "1\n2\n3\nfour\n5\n6\n7\n", [], folds).folds, [[1, 2, "checks"], [6, 2, "checks"]])
  assert.deepEqual(carriedMarks(before, before, [[0, 1, 1]], folds), {marks: [[0, 1, 1]], folds})
})
