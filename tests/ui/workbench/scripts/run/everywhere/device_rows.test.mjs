// The table of all devices: its rows, what they say together, and times.
import assert from "node:assert/strict"
import {test} from "node:test"
import {everyDevice, rowsOf, verdictOf} from "../../../../../../viz/ui/workbench/scripts/run/everywhere/device_rows.js"
import {timesOf, timeWords} from "../../../../../../viz/ui/workbench/scripts/run/time_words.js"

/** @import {Comparison, Finding, OutcomeFrame, ProblemFrame} from "../../../../../../viz/ui/workbench/scripts/frames.d.ts" */
/** @import {DeviceResult} from "../../../../../../viz/ui/workbench/scripts/run/everywhere/device_rows.js" */

/** @param {string} name @param {boolean} passed @param {string} [pattern] @returns {Comparison} */
const compared = (name, passed, pattern = "") => ({
  name, type: "", passed, maxAbs: "1e-06", maxRel: "not finite", differ: "", mismatches: [], head: [], tolerance: "", maxUlps: "", why: "", isOwnTolerance: false,
  where: "", pattern, patternHint: ""})

/** @param {Partial<OutcomeFrame>} fields @returns {OutcomeFrame} */
const outcome = fields => ({
  kind: "outcome", passed: true, verdict: "", ran: "", mode: "", target: "c", problems: [], comparisons: [compared("B", true)], findings: [], inputs: [], launches: [],
  seconds: 0.0012, buildSeconds: null, kept: "", pictures: {}, pictureWords: {}, scales: null, timing: null, timingWords: [], ...fields})

const RACE = /** @type {Finding} */ ({title: "Data race in main_kernel"})
/** @type {ProblemFrame} */
const PROBLEM = {kind: "problem", part: "run", target: "", problem: {message: "no block", hint: "Add one.", severity: "error"}}

/** @param {OutcomeFrame | ProblemFrame} frame @returns {DeviceResult} */
const ended = frame => ({device: "c", state: "ended", frame})

test("a device has a row for each output, with why it is wrong", () => {
  const rows = rowsOf(ended(outcome({passed: false, comparisons: [compared("B", true), compared("C", false, "transposed"), compared("D", false)]})), "")
  assert.deepEqual(rows.map(({verdict, cells}) => [verdict, ...cells]), [
    ["good", "B", "✓", "1e-06", "not finite", "", "1.2 ms", ""],
    ["bad", "C", "✗", "1e-06", "not finite", "", "1.2 ms", "transposed"],
    ["bad", "D", "✗", "1e-06", "not finite", "", "1.2 ms", "The outputs are wrong"]])
})

test("mistakes that were found count, harmless ones do not", () => {
  const [wrong] = rowsOf(ended(outcome({passed: false, findings: [RACE]})), "")
  assert.deepEqual([wrong.verdict, wrong.cells[1], wrong.cells[6]], ["bad", "✗", "Data race in main_kernel"])
  const [harmless] = rowsOf(ended(outcome({findings: [RACE]})), "")
  assert.deepEqual([harmless.verdict, harmless.cells[1]], ["good", "✓"])
  const [nothing] = rowsOf(ended(outcome({comparisons: [], verdict: "No mistake was found"})), "")
  assert.deepEqual([nothing.verdict, nothing.cells[6]], ["good", "No mistake was found"])
})

test("a device that computed nothing says why", () => {
  /** @param {DeviceResult["state"]} state */
  const remark = state => rowsOf({device: "c", state}, "no compiler")[0].cells[6]
  assert.deepEqual([remark("missing"), remark("waiting"), remark("running"), remark("cancelled")], ["no compiler", "waiting …", "running …", "Cancelled."])
  assert.deepEqual(rowsOf(ended(PROBLEM), "")[0].cells, ["", "–", "", "", "", "", "no block Add one."])
})

test("what cannot run says nothing about right and wrong", () => {
  const right = ended(outcome({})), wrong = ended(outcome({passed: false}))
  assert.equal(verdictOf([ended(PROBLEM), {device: "c", state: "missing"}]), undefined)
  assert.deepEqual(verdictOf([right, ended(PROBLEM)]), {passed: true, words: "Right on the one device that ran it"})
  assert.deepEqual(verdictOf([right, right, wrong]), {passed: false, words: "Wrong on 1 of 3 devices"})
})

test("a time has the unit that fits", () => {
  assert.deepEqual([null, undefined, 0, 5e-9, 1.234e-5, 0.0999, 12].map(timeWords), ["", "", "0 ns", "5 ns", "12.3 μs", "99.9 ms", "12 sec"])
  assert.deepEqual([timesOf(1e-5, 0.4), timesOf(null, 0.4)], ["A call took 10 μs, the build 400 ms.", ""])
  assert.equal(everyDevice().isThere, true)
})
