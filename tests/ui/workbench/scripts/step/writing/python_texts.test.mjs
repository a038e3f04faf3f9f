// The Python text of a stage: asked for once, and again where no answer came.
import assert from "node:assert/strict"
import {test} from "node:test"
import {PythonTexts} from "../../../../../../viz/ui/workbench/scripts/step/writing/python_texts.js"
import {linkModel} from "../../../../../support/link_model.mjs"

/** @param {{frames?: any[], outcome?: string}} server */
function made(server) {
  const model = linkModel()
  const asked = /** @type {any[]} */ ([])
  let arrived = 0
  const stages = /** @type {{drawn: any, target: string}} */ ({drawn: "input", target: "c"})
  const context = /** @type {any} */ ({
    client: {parts: async (/** @type {string} */ lane, /** @type {any} */ question, /** @type {(frame: any) => void} */ take) => {
      asked.push([lane, question.workspace.targets, question.tree.stage])
      await Promise.resolve()
      server.frames?.forEach(take)
      return server.outcome ?? "ok"
    }},
    workspace: {values: {targets: ["c", "cuda"]}}, model: () => model,
    tree: {stages, get view() { return {stage: stages.drawn, target: stages.target} }},
  })
  const texts = new PythonTexts(context, () => { arrived += 1 })
  return {current: () => texts.current, stages, asked, arrived: () => arrived}
}

const FRAME = {kind: "python", stage: "input", target: "c", texts: [{text: "ab", marks: [0, 2, 0, 0, 1, 1]}], problems: []}
const settled = () => new Promise(resolve => setTimeout(resolve))

test("the text of the stage in sight is asked for once", async () => {
  const {current, asked, arrived} = made({frames: [{kind: "progress"}, FRAME]})
  assert.ok(!current())
  await settled()
  const written = current()
  assert.deepEqual([written?.text, written?.treeName, written?.walk.written.at(-1)], ["ab", "input", 2])
  assert.deepEqual([asked, arrived()], [[["step", ["python"], "input"]], 1])
})

test("where a stage has none, the program's stands for it", async () => {
  const {current, stages} = made({frames: [FRAME]})
  stages.drawn = "final"
  assert.ok(!current())
  await settled()
  assert.equal(current()?.treeName, "input")
})

test("what was not answered is asked for again, and a stage without a text is not", async () => {
  const server = /** @type {{frames: any[], outcome: string}} */ ({frames: [], outcome: "lost"})
  const {current, asked} = made(server)
  for (const _ of [1, 2]) {
    assert.ok(!current())
    await settled()
  }
  assert.equal(asked.length, 2)
  server.outcome = "ok"
  server.frames = [{...FRAME, texts: []}]
  for (const _ of [1, 2]) {
    assert.ok(!current())
    await settled()
  }
  assert.equal(asked.length, 3)
})
