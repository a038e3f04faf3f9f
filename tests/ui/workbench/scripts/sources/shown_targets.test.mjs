// Which targets are shown, and which of them is looked at.
import assert from "node:assert/strict"
import {test} from "node:test"
import {ShownTargets, titlesOf} from "../../../../../viz/ui/workbench/scripts/sources/shown_targets.js"
import {Stages} from "../../../../../viz/ui/workbench/scripts/tree/stages.js"
import {WorkspaceState} from "../../../../../viz/ui/workbench/scripts/workspace_state.js"
import {workspaceValues} from "../../../../support/workspace.mjs"

/** @import {Catalog} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** @param {string[]} targets */
function shown(targets) {
  const workspace = new WorkspaceState(workspaceValues({targets, focused: targets[0]}))
  /** @type {string[]} */
  const told = []
  const context = {
    workspace, tree: {stages: new Stages(workspace), drawStages: () => {}},
    sources: {setTargets: (/** @type {string[]} */ names) => told.push(`draw ${names}`)}, layout: {},
    history: () => ({step: (/** @type {() => void} */ act) => act()}),
    changed: () => told.push("changed"), redraw: () => told.push("redraw"), focused: () => told.push("focused")}
  return {workspace, told, targets: new ShownTargets(name => name, /** @type {any} */ (context))}
}

test("a target that is looked at and goes away is followed by one that stays", () => {
  const {workspace, told, targets} = shown(["c", "cuda"])
  targets.toggle("c")
  assert.deepEqual([workspace.values.targets, workspace.values.focused], [["cuda"], "cuda"])
  assert.deepEqual(told, ["draw cuda", "focused", "redraw", "changed"])
})

test("to look at another target is to ask for its passes once", () => {
  const {workspace, told, targets} = shown(["c", "cuda"])
  targets.focus("c")
  targets.focus(undefined)
  assert.deepEqual(told, [])
  targets.focus("cuda")
  assert.deepEqual([workspace.values.focused, told], ["cuda", ["focused", "redraw"]])
})

test("a target has its title, an unknown one its name", () => {
  const titleOf = titlesOf(/** @type {Catalog} */ (/** @type {unknown} */ ({targets: [{name: "c", title: "C"}]})))
  assert.deepEqual([titleOf("c"), titleOf("nosuch")], ["C", "nosuch"])
})
