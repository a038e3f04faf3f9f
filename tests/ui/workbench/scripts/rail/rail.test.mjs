// The stops of the rail.
import assert from "node:assert/strict"
import {test} from "node:test"
import {placeWords, railStops, stopAt} from "../../../../../viz/ui/workbench/scripts/rail/stops.js"

/** @import {PassRow, Problem} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** @type {(number: number, name: string, changed: boolean, problem?: Problem | null) => PassRow} */
const row = (number, name, changed, problem = null) => ({
  number, name, changed, part: "all", before: number - 1, seconds: 0, problem})
const WORDS = {"tirx.A": {title: "Does a", short: "A", words: ""}}
/** @type {Problem} */
const PROBLEM = {message: "no", hint: "", severity: "error"}

test("passes that changed something are stops, the others ticks before the next", () => {
  const stops = railStops([row(1, "tirx.A", true), row(2, "tirx.B", false), row(3, "tirx.B", true), row(4, "tirx.A", false)], false, WORDS)
  assert.deepEqual(stops.map(({stage, title, short, ticks}) => [stage, title, short, ticks]), [
    ["input", "Your program", "Program", 0], [1, "Does a", "A", 0], [3, "tirx.B", "B", 1], ["final", "As the codegen gets it", "Source", 1]])
  assert.deepEqual(["input", 1, 2, 3, 4, "final", "scheduled"].map(stage => stopAt(stops, /** @type {any} */ (stage))), [0, 1, 1, 2, 2, 3, 0])
})

test("a schedule stands before the passes; a pass that throws is the last stop", () => {
  const stops = railStops([row(1, "tirx.A", true), row(2, "tirx.B", false, PROBLEM)], true, WORDS)
  assert.deepEqual(stops.map(({stage}) => stage), ["input", "scheduled", 1, 2])
  assert.equal(stopAt(stops, "scheduled"), 1)
})

test("where a stage stands among the passes", () => {
  assert.deepEqual([placeWords("input", 55), placeWords(19, 55), placeWords("final", 55)], ["before the passes", "pass 19 of 55", "after all 55 passes"])
})

test("the steps of a schedule come first, by their own texts, and then the default one", () => {
  const step = {...row(1, "schedule.split", true), part: "schedule", step: "sch.split(i)"}
  const stops = railStops([step, {...step, number: 2, changed: false}, row(3, "tirx.A", true)], true, WORDS)
  assert.deepEqual(stops.map(({stage, title, ticks}) => [stage, title, ticks]), [
    ["input", "Your program", 0], [1, "sch.split(i)", 0], ["scheduled", "Default schedule", 1], [3, "Does a", 0], ["final", "As the codegen gets it", 0]])
  assert.deepEqual([placeWords(1, 9, 2), placeWords(3, 9, 2)], ["step 1 of 2", "pass 3 of 9"])
})
