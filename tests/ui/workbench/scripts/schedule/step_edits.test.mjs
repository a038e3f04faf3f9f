// Changes of the steps of a schedule in a text, and what is new in a loop nest.
import assert from "node:assert/strict"
import {test} from "node:test"
import {nestLines} from "../../../../../viz/ui/workbench/scripts/schedule/nest_view.js"
import {added, removed, rewritten, swapped, switchedOff, switchedOn, withSchedule} from "../../../../../viz/ui/workbench/scripts/schedule/step_edits.js"

const TEXT = "def schedule(sch):\n    a = sch.get_sblock(\n        'A')\n    # sch.unroll(a)\n    sch.bind(a, 'x')\n"

/** @param {string} words @param {boolean} off */
const step = (words, off = false) => {
  const start = TEXT.indexOf(words)
  return {text: off ? words.slice(2) : words, span: /** @type {[number, number]} */ ([start, start + words.length]), off}
}
const FIRST = step("a = sch.get_sblock(\n        'A')")
const OFF = step("# sch.unroll(a)", true)
const LAST = step("sch.bind(a, 'x')")
const ALL = [FIRST, OFF, LAST]

test("a step is switched off as a comment of one line, and on again", () => {
  const off = switchedOff(TEXT, FIRST, ALL)
  assert.match(off, /\n {4}# a = sch.get_sblock\( 'A'\)\n/)
  assert.match(switchedOn(TEXT, OFF), /\n {4}sch.unroll\(a\)\n/)
  assert.match(switchedOff(TEXT, LAST, [OFF, LAST]), /\n {4}pass {2}# sch.bind\(a, 'x'\)\n/)
})

test("steps are moved, rewritten, taken away and added in their lines", () => {
  const moved = swapped(TEXT, OFF, LAST)
  assert.ok(moved.indexOf("sch.bind(a, 'x')") < moved.indexOf("# sch.unroll(a)"))
  assert.match(rewritten(TEXT, OFF, "sch.parallel(a)"), /\n {4}# sch.parallel\(a\)\n/)
  assert.equal(removed(TEXT, OFF, ALL), TEXT.replace("    # sch.unroll(a)\n", ""))
  assert.match(removed(TEXT, LAST, [OFF, LAST]), /\n {4}pass\n/)
  const schedule = {end: TEXT.length - 1, steps: /** @type {any[]} */ (ALL), variable: "sch"}
  assert.match(added(TEXT, schedule, "sch.fuse(a)"), /'x'\)\n {4}sch.fuse\(a\)\n$/)
  assert.equal(added("x\n", {...schedule, end: null, steps: []}, "sch.fuse(a)"), "x\n\n\ndef schedule(sch):\n    sch.fuse(a)\n")
  assert.equal(withSchedule("x\n", "def schedule(sch):\n"), "x\n\n\ndef schedule(sch):\n")
})

test("a line of a nest is new that was not there as often before", () => {
  /** @type {any[]} */
  const before = [{kind: "loop", line: "for i < 4", level: 1}]
  const after = [...before, {kind: "loop", line: "for i < 4", level: 2}, {kind: "block", line: "b: A → B · shared Σ", level: 3}]
  assert.deepEqual(nestLines(after, before).map(({line, isNew}) => [line, isNew]), [
    ["for i < 4", false], ["for i < 4", true], ["b: A → B · shared Σ", true]])
  assert.ok(nestLines(after, []).every(({isNew}) => !isNew))
})
