// workspace_state.js: each of the user's choices makes new values and never changes the old ones.
import assert from "node:assert/strict"
import {test} from "node:test"
import {WorkspaceState} from "../../../../viz/ui/workbench/scripts/workspace_state.js"
import {workspaceValues} from "../../../support/workspace.mjs"

test("a change makes other values, and nobody else can change them", () => {
  const state = new WorkspaceState(workspaceValues())
  const before = state.values
  state.edit("other")
  assert.equal(before.text, "def f(): ...")
  assert.equal(state.values.text, "other")
  assert.throws(() => { /** @type {{text: string}} */ (state.values).text = "mine" }, TypeError)
})

test("another program has no choices yet; a choice unfolds nothing", () => {
  const state = new WorkspaceState(workspaceValues({definition: "g", function: "h", arguments: {N: 1}, folded: ["a"]}))
  state.open("text", "matmul")
  const {text, example, definition, arguments: values} = state.values
  assert.deepEqual([text, example, definition, state.values.function, values], ["text", "matmul", "", "", {}])
  state.chooseDefinition("make")
  assert.deepEqual([state.values.definition, state.values.folded], ["make", []])
  state.chooseFunction("main")
  assert.equal(state.values.function, "main")
})

test("arguments are read as they are typed, an empty one is removed", () => {
  const state = new WorkspaceState(workspaceValues())
  state.setArgument("N", "16")
  state.setArgument("dtype", "float16")
  assert.deepEqual(state.values.arguments, {N: 16, dtype: "float16"})
  state.setArgument("N", "")
  assert.deepEqual(state.values.arguments, {dtype: "float16"})
})

test("Python has no stages: those of another target are looked at", () => {
  const state = new WorkspaceState(workspaceValues({focused: "cuda"}))
  state.showFor(["c", "python"])
  assert.equal(state.values.focused, "c")
  state.showFor(["python"])
  assert.deepEqual([state.values.targets, state.values.focused], [["python"], "c"])
  state.showFor(["cuda", "python"])
  assert.equal(state.values.focused, "cuda")
})

test("choices of what the text does not have are given up", () => {
  const overview = {definitions: [{name: "f", arguments: []}], functions: ["main"]}
  const state = new WorkspaceState(workspaceValues({definition: "gone", function: "main", arguments: {N: 1}}))
  assert.equal(state.dropMissing(overview), false)  // the server gives it up likewise
  assert.deepEqual([state.values.definition, state.values.arguments], ["", {}])
  state.chooseFunction("gone")
  assert.equal(state.dropMissing(overview), true)
  assert.equal(state.values.function, "")
  state.chooseFunction("main")
  assert.equal(state.dropMissing(overview), false)
  assert.equal(state.values.function, "main")
})

test("of three targets the oldest goes", () => {
  const state = new WorkspaceState(workspaceValues({targets: ["c", "nosuch", "cuda", "llvm"]}))
  state.keepTargets(name => name !== "nosuch")
  assert.deepEqual(state.values.targets, ["c", "cuda"])
  state.toggleTarget("llvm")
  assert.deepEqual(state.values.targets, ["cuda", "llvm"])
  state.toggleTarget("cuda")
  assert.deepEqual(state.values.targets, ["llvm"])
})

test("an example is shown for targets of its own; any other program for those that were chosen", () => {
  const state = new WorkspaceState(workspaceValues({targets: ["c", "cuda"], focused: "c"}))
  state.open("text", "matmul", [])
  assert.deepEqual([state.values.targets, state.values.focused], [["c", "cuda"], "c"])
  state.open("text", "matmul_gpu", ["cuda", "opencl", "metal"])
  assert.deepEqual([state.values.targets, state.values.focused], [["cuda", "opencl"], "cuda"])
  state.setStage(7)
  state.open("mine", "")
  assert.deepEqual([state.values.targets, state.values.stage], [["cuda", "opencl"], "input"])
})

test("the view of the tree", () => {
  const state = new WorkspaceState(workspaceValues())
  state.setFolds({folded: ["a"], unfolded: ["b"]})
  state.setStage(7)
  state.setTypes(true)
  state.setDepth(3)
  state.setOptions({arch: "sm_90"})
  const {folded, unfolded, stage, types, depth, options} = state.values
  assert.deepEqual({folded, unfolded, stage, types, depth, options}, {
    folded: ["a"], unfolded: ["b"], stage: 7, types: true, depth: 3, options: {arch: "sm_90"}})
  state.clearFolds()
  assert.deepEqual([state.values.folded, state.values.unfolded], [[], []])
})
