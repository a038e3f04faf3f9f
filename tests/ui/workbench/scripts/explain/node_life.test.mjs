// The events of a node's life, by the stops that they lead to.
import assert from "node:assert/strict"
import {test} from "node:test"
import {byStage} from "../../../../../viz/ui/workbench/scripts/explain/node_life.js"

/** @import {LifeEvent} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */

test("what happened at one stop stands together", () => {
  /** @type {LifeEvent[]} */
  const events = [["input", "made", 3, "exact", 1], [18, "changed", 4, "exact", 1], [18, "moved", 4, "inherited", 1], [30, "copied", 5, "inherited", 8]]
  assert.deepEqual(byStage(events).map(group => group.map(([stage, kind]) => `${kind} ${stage}`)), [
    ["made input"], ["changed 18", "moved 18"], ["copied 30"]])
  assert.deepEqual(byStage([]), [])
})
