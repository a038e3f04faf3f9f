// Conditions: what they mean, what they refuse; and where a run stops.
import assert from "node:assert/strict"
import {test} from "node:test"
import {ConditionError, conditionOf} from "../../../../../../viz/ui/workbench/scripts/step/running/condition.js"
import {nextStop, stepOf} from "../../../../../../viz/ui/workbench/scripts/step/running/stops.js"

const VALUES = {
  /** @param {string} name */
  variable: name => ({i: 3, x: -0.5, "threadIdx.x": 7})[name],
  /** @param {string} name @param {number[]} index */
  element: (name, index) => name === "A" && index.length === 2 ? 10 * index[0] + index[1] : undefined,
}

test("a condition is true or not, and not where a value is missing", () => {
  const right = ["i == 3", "i==3 and x<0", "A[i, i - 1] == 32", "not (i > 3 or x > 0)", "!(i > 3) && 1 <= 1", "7 // 2 == 3", "-7 % 4 == 1",
    "threadIdx.x != 6", "2 + 3 * 4 == 14", "(2 + 3) * 4 == 20", "-x * 2 == 1", "i", "1e2 == 100", "A[0,0] == 0 or nothing > 1"]
  for (const text of right) assert.ok(conditionOf(text)(VALUES), text)
  const wrong = ["i == 4", "i != 3", "missing == 1", "missing != 1", "not missing", "A[1] == 1", "B[0, 0] == 0", "x > 0 || i < 3", "0"]
  for (const text of wrong) assert.ok(!conditionOf(text)(VALUES), text)
})

test("what is no condition is refused, with its place", () => {
  for (const [text, at] of [["i =", 2], ["i == ", 5], ["(i", 2], ["i 3", 2], ["A[1", 3], ["alert(1)", 5], ["i; j", 1], ["a.b = 1", 4], ["and", 0], ["`x`", 0], ["", 0]]) {
    assert.throws(() => conditionOf(String(text)), error => error instanceof ConditionError && error.at === at, String(text))
  }
  assert.throws(() => conditionOf("(".repeat(60) + "1" + ")".repeat(60)), ConditionError)
})

test("a run stops at breakpoints, where a condition holds, in one thread", () => {
  const run = {nodes: [1, 2, 1, 2, 1, 2, 3], threads: [0, 0, 1, 1, 0, 0, 1]}
  const all = {nodes: new Set(), thread: -1, holds: undefined}
  assert.equal(nextStop(run, 0, 1, {...all, nodes: new Set([2])}), 1)
  assert.equal(nextStop(run, 3, -1, {...all, nodes: new Set([2])}), 1)
  assert.equal(nextStop(run, 0, 1, {...all, nodes: new Set([2]), thread: 1}), 3)
  assert.equal(nextStop(run, 3, 1, {...all, nodes: new Set([9])}), 6)
  assert.equal(nextStop(run, 3, -1, {...all, nodes: new Set([9])}), -1)
  assert.equal(nextStop(run, 1, 1, {...all, nodes: new Set([2]), holds: step => step > 3}), 5)
  /** @param {number} step */
  const inMiddle = step => step === 3 || step === 4
  assert.equal(nextStop(run, 0, 1, {...all, holds: inMiddle}), 3)
  assert.equal(nextStop(run, 3, 1, {...all, holds: inMiddle}), 6)  // it holds already
  assert.equal(nextStop(run, 6, -1, {...all, holds: inMiddle}), 3)  // where it became true
  assert.deepEqual([stepOf(run, 1, 1, -1), stepOf(run, 1, 1, 0), stepOf(run, 5, 1, 0), stepOf(run, 4, -1, 1)], [2, 4, 5, 3])
})
