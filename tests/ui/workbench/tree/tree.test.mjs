// Stages, folds and search of the tree pane.
import assert from "node:assert/strict"
import {test} from "node:test"
import {toggledFold, toggledTypes, unfoldedTo} from "../../../../viz/ui/workbench/scripts/tree/folds.js"
import {NodeSearch} from "../../../../viz/ui/workbench/scripts/tree/node_search.js"
import {Stages, pictureWords, stageOf, treeName} from "../../../../viz/ui/workbench/scripts/tree/stages.js"
import {WorkspaceState} from "../../../../viz/ui/workbench/scripts/workspace_state.js"
import {linkModel} from "../../../support/link_model.mjs"
import {workspaceValues} from "../../../support/workspace.mjs"

// ---------------------------------------------------------------- stages

/** @param {...[number: number, name: string, changed: boolean]} rows */
const passes = (...rows) => rows.map(([number, name, changed]) => ({number, name, changed, part: "all", before: number - 1, seconds: 0, problem: null}))

test("the pass of the same name is followed to another target", () => {
  const workspace = new WorkspaceState(workspaceValues({stage: 2}))
  const stages = new Stages(workspace)
  assert.equal(stages.setPasses("c", passes([1, "A", false], [2, "B", true])), false)
  assert.deepEqual(stages.passes.map(({number}) => number), [2])
  stages.setPasses("cuda", passes([5, "B", true]))
  stages.follow("cuda")
  assert.deepEqual([stages.target, workspace.values.stage], ["cuda", 5])
  stages.follow("llvm")  // its passes are not known yet: the final stage until they are
  assert.deepEqual([stages.areKnown, workspace.values.stage], [false, "final"])
  assert.equal(stages.setPasses("llvm", passes([9, "B", true])), true)
  assert.equal(workspace.values.stage, 9)
})

test("a pass that changes nothing there, or is not there, gives the final stage", () => {
  const workspace = new WorkspaceState(workspaceValues({stage: 2}))
  const stages = new Stages(workspace)
  stages.setPasses("c", passes([2, "B", true]))
  stages.setPasses("cuda", passes([5, "B", false]))
  stages.follow("cuda")
  assert.equal(workspace.values.stage, "final")
  stages.forget()
  assert.deepEqual([stages.areKnown, stages.passes], [false, []])
})

test("other stages stay when the target changes", () => {
  for (const stage of /** @type {const} */ (["input", "scheduled", "final"])) {
    const workspace = new WorkspaceState(workspaceValues({stage}))
    new Stages(workspace).follow("cuda")
    assert.equal(workspace.values.stage, stage)
  }
})

test("stages in controls, names of trees and words on drawings", () => {
  assert.deepEqual(["12", "final", "scheduled", "input", ""].map(stageOf), [12, "final", "scheduled", "input", "input"])
  assert.equal(treeName({stage: "input", target: "c"}), "input")
  assert.equal(treeName({stage: "final", target: "c"}), "c")
  assert.equal(treeName({stage: 12, target: "c"}), "c/12")
  /** @param {number | "input" | "final"} stage @param {number} shown */
  const words = (stage, shown) =>
    pictureWords({kind: "picture", stage, target: "c", svg: "", direction: "right", changed: {}, shown, total: 5000, most: 2000, paths: {}}, "C")
  assert.deepEqual(words("input", 14), {words: "14 of 5,000 nodes: your program.", isWarning: false})
  assert.match(words(12, 600).words, /600 of 5,000 nodes: after pass 12 for C\. So many take a while/)
  assert.match(words("final", 2000).words, /as the codegen of C gets it\. A drawing has at most 2,000/)
  assert.ok(words("final", 2000).isWarning)
})

// ---------------------------------------------------------------- folds

test("a node is folded and unfolded again", () => {
  const folded = toggledFold({folded: [], unfolded: ["a", "b"]}, "a", false)
  assert.deepEqual(folded, {folded: ["a"], unfolded: ["b"]})
  assert.deepEqual(toggledFold(folded, "a", true), {folded: [], unfolded: ["b"]})
  assert.deepEqual(toggledFold({folded: [], unfolded: []}, "a", true), {folded: [], unfolded: ["a"]})
})

test("types are shown and hidden again; what was folded is not", () => {
  const shown = toggledTypes({folded: ["a"], unfolded: []}, "a")
  assert.deepEqual(shown, {folded: [], unfolded: ["a"]})
  assert.deepEqual(toggledTypes(shown, "a"), {folded: [], unfolded: []})
})

test("to show a node unfolds what was folded by hand, else what hides it", () => {
  const enclosing = [{path: "a.b.c", isDrawn: false}, {path: "a.b", isDrawn: true}, {path: "a", isDrawn: true}]
  assert.deepEqual(unfoldedTo({folded: ["a.b", "x"], unfolded: []}, enclosing), {folded: ["x"], unfolded: []})
  assert.deepEqual(unfoldedTo({folded: ["x"], unfolded: ["a.b"]}, enclosing), {folded: ["x"], unfolded: ["a.b", "a.b.c"]})
})

// ---------------------------------------------------------------- search

test("one goes from hit to hit, and after the last comes the first", () => {
  const {tree} = linkModel().program
  const search = new NodeSearch()
  assert.equal(search.seek(tree, " t ", 0), undefined)
  assert.deepEqual([search.report, search.hits], ["4", [0, 1, 2, 3]])
  assert.deepEqual([1, 1, 1, 1, 1].map(() => search.seek(tree, "t", 1)), [0, 1, 2, 3, 0])
  assert.equal(search.report, "1 of 4")
  assert.equal(search.seek(tree, "t", -1), 3)
  assert.equal(search.seek(tree, "nothing", 1), undefined)
  assert.equal(search.report, "none")
  search.seek(tree, "", 0)
  assert.deepEqual([search.report, search.hits], ["", []])
  assert.equal(search.seek(undefined, "t", 1), undefined)
})
