// What the server is asked for before somebody goes along the rail.
import assert from "node:assert/strict"
import {test} from "node:test"
import {LookAhead} from "../../../../../viz/ui/workbench/scripts/rail/look_ahead.js"

/** @import {NextStops, Stage} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** @param {{isTaken?: boolean}} [options] */
function made({isTaken = true} = {}) {
  /** @type {Stage[][]} */
  const asked = []
  /** @type {Stage[]} */
  const foreseen = []
  const server = {isTaken, text: "one"}
  const ahead = new LookAhead({
    client: {prepare: async (/** @type {NextStops} */ {stops}) => {
      asked.push(stops.map(([stage]) => stage))
      return server.isTaken
    }, foresee: async (_, /** @type {any} */ question) => {
      assert.deepEqual([question.workspace.stage, question.tree.folded], [question.tree.stage, []])
      foreseen.push(question.tree.stage)
    }},
    question: () => server.text ? /** @type {any} */ ({workspace: {text: server.text}, tree: {stage: "input", before: null, folded: ["x"]}}) : undefined,
    stop: stage => [stage, typeof stage === "number" ? stage - 1 : null],
  })
  return {ahead, asked, foreseen, server}
}

test("more is asked for once the next three stops are not all known", async () => {
  const {ahead, asked, foreseen} = made()
  await ahead.prepare([1, 2, 3, 4, 5])
  await ahead.prepare([2, 3, 4, 5, 6])
  await ahead.prepare([3, 4, 5, 6, 7])
  await ahead.prepare([4, 5, 6, 7, 8])
  assert.deepEqual(asked, [[1, 2, 3, 4, 5], [4, 5, 6, 7, 8]])
  assert.deepEqual(foreseen, [1, 2, 3, 4])
  await ahead.prepare([])
  assert.equal(foreseen.length, 4)
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
