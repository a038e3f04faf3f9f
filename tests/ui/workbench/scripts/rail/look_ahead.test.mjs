// What the server is asked for before somebody goes along the rail.
import assert from "node:assert/strict"
import {test} from "node:test"
import {LookAhead} from "../../../../../viz/ui/workbench/scripts/rail/look_ahead.js"

/** @import {NextStops, Stage} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** @param {{isTaken?: boolean}} [options] */
function made({isTaken = true} = {}) {
  /** @type {Stage[][]} */
  const asked = []
  const server = {isTaken, text: "one"}
  const ahead = new LookAhead({
    client: {prepare: async (/** @type {NextStops} */ {stops}) => {
      asked.push(stops.map(([stage]) => stage))
      return server.isTaken
    }},
    question: () => server.text ? /** @type {any} */ ({workspace: {text: server.text}, tree: {stage: "input", before: null}}) : undefined,
    stop: stage => [stage, typeof stage === "number" ? stage - 1 : null],
  })
  return {ahead, asked, server}
}

test("more is asked for once the next three stops are not all known", async () => {
  const {ahead, asked} = made()
  await ahead.prepare([1, 2, 3, 4, 5])
  await ahead.prepare([2, 3, 4, 5, 6])
  await ahead.prepare([3, 4, 5, 6, 7])
  await ahead.prepare([4, 5, 6, 7, 8])
  assert.deepEqual(asked, [[1, 2, 3, 4, 5], [4, 5, 6, 7, 8]])
})

test("another text is asked for anew, and so is what the server had no worker for", async () => {
  const {ahead, asked, server} = made({isTaken: false})
  await ahead.prepare([1, 2])
  await ahead.prepare([1, 2])
  server.isTaken = true
  await ahead.prepare([1, 2])
  await ahead.prepare([1, 2])
  assert.equal(asked.length, 3)
  server.text = "another"
  await ahead.prepare([1, 2])
  assert.equal(asked.length, 4)
  server.text = ""
  await ahead.prepare([1, 2])
  assert.equal(asked.length, 4)
})
