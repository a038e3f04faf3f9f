// The list of passes: which it shows, which is next.
import assert from "node:assert/strict"
import {test} from "node:test"
import {nextNumber, shownPasses} from "../../../viz/ui/components/pass_rows.js"

const ROW = {part: "all", changed: false, failed: false, more: null}
const ROWS = [
  {...ROW, number: 1, name: "tirx.BindTarget"}, {...ROW, number: 2, name: "tirx.FlattenBuffer", changed: true},
  {...ROW, number: 3, name: "tirx.Simplify"}, {...ROW, number: 4, name: "tirx.Broken", failed: true}]

test("passes that did nothing are shown when asked for, searched for or chosen", () => {
  /** @param {string} search @param {boolean} showsAll @param {number} chosen */
  const numbers = (search, showsAll, chosen) => shownPasses(ROWS, search, showsAll, chosen).map(({number}) => number)
  assert.deepEqual(numbers("", false, 0), [2, 4])
  assert.deepEqual(numbers("", false, 3), [2, 3, 4])
  assert.deepEqual(numbers("", true, 0), [1, 2, 3, 4])
  assert.deepEqual(numbers(" BIND ", false, 0), [1])
  assert.deepEqual(numbers("nothing", true, 0), [])
})

test("the next one, and at the ends the same", () => {
  assert.equal(nextNumber([0, 2, 4], 2, 1), 4)
  assert.equal(nextNumber([0, 2, 4], 4, 1), 4)
  assert.equal(nextNumber([0, 2, 4], 0, -1), 0)
  assert.equal(nextNumber([2, 4], 9, 1), 2)
  assert.equal(nextNumber([], 0, 1), undefined)
})
