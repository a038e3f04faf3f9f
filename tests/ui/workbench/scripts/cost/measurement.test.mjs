// Figures and causes belong to one measurement, in whichever order they come.
import assert from "node:assert/strict"
import {test} from "node:test"
import {MeasurementFrames} from "../../../../../viz/ui/workbench/scripts/cost/measurement.js"

/** @import {CausesFrame, CostFrame} from "../../../../../viz/ui/workbench/scripts/cost/cost_frames.d.ts" */

/** @type {CostFrame} */
const COST = {kind: "cost", passed: true, budget: 0, sizes: {}, kernels: [], told: {en: {verdict: "", problems: []}, zh: {verdict: "", problems: []}}}
/** @type {CausesFrame} */
const CAUSES = {kind: "causes", blocks: 2, problem: null, sites: [], stages: []}

const asked = () => new MeasurementFrames({text: "text", subject: "subject", scale: "scale"})

test("causes come after the figures, and are awaited until then", () => {
  const frames = asked()
  assert.equal(frames.awaitsCauses, false)
  const measured = frames.take(COST)
  assert.deepEqual([measured?.text, measured?.causes, frames.awaitsCauses], ["text", undefined, true])
  assert.equal(frames.take(CAUSES), measured)
  assert.deepEqual([measured?.causes, frames.awaitsCauses], [CAUSES, false])
})

test("causes that come first wait for their figures", () => {
  const frames = asked()
  assert.equal(frames.take(CAUSES), undefined)
  assert.equal(frames.take(COST)?.causes, CAUSES)
})

test("causes of a run that failed are those of no other measurement", () => {
  const earlier = asked()
  earlier.take(COST)
  assert.equal(asked().take(CAUSES), undefined)
  assert.equal(earlier.measurement?.causes, undefined)
})
