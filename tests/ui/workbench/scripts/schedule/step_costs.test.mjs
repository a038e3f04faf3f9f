// The words of what accesses cost after each step of a schedule.
import assert from "node:assert/strict"
import {test} from "node:test"
import {costsByStep, costWords} from "../../../../../viz/ui/workbench/scripts/schedule/step_costs.js"

/** @import {StepCostsFrame} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */
/** @typedef {StepCostsFrame["stages"][number]} StageCost */

/** @type {(sectors: number, conflicts?: number) => any} */
const figures = (sectors, conflicts = 0) => ({requests: 4, sectors, ideal: 16, conflicts})
const none = {requests: 0, sectors: 0, ideal: 0, conflicts: 0}

test("a figure is told for each request, with what the step changed", () => {
  const before = /** @type {StageCost} */ ({stage: 1, global: figures(128), shared: none, fragments: 0})
  const after = /** @type {StageCost} */ ({stage: 2, global: figures(16), shared: figures(16, 124), fragments: 0})
  assert.match(costWords(before), /32 sectors a request, ideal 4/)
  assert.match(costWords(after, before), /4 \(−28\) sectors a request/)
  assert.match(costWords(after, before), /31 bank conflicts a request/)
  assert.match(costWords(/** @type {StageCost} */ ({stage: 1, global: none, shared: none, fragments: 0})), /no accesses/)
})

test("each step has the change against the step before, the last stage its own words", () => {
  const stages = [1, 2, "final"].map((stage, i) => ({stage, global: figures([128, 16, 16][i]), shared: none, fragments: 0}))
  const {words, final} = costsByStep(/** @type {any} */ ({stages}), [1, 2])
  assert.deepEqual([...words.keys()], [1, 2])
  assert.match(/** @type {string} */ (words.get(2)), /\(−28\)/)
  assert.match(final, /4 sectors a request/)
})
