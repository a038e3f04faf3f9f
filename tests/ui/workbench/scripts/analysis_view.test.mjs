// analysis_view.js: hand each part of an analysis to the pane that shows it.
import assert from "node:assert/strict"
import {test} from "node:test"
import {AnalysisView} from "../../../../viz/ui/workbench/scripts/analysis_view.js"
import {WorkspaceState} from "../../../../viz/ui/workbench/scripts/workspace_state.js"
import {linkModel} from "../../../support/link_model.mjs"
import {workspaceValues} from "../../../support/workspace.mjs"

/** @import {AnalysisViewContext} from "../../../../viz/ui/workbench/scripts/analysis_view.js" */
/** @import {Problem, Stage} from "../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** @type {Problem} */
const PROBLEM = {message: "wrong", hint: "", severity: "error"}

/** Panes that note what they are asked to do; the editor holds a text. @param {Stage} stage @param {string} edited */
function viewOf(stage, edited) {
  /** @type {string[]} */
  const calls = []
  /** @param {string} pane @param {Record<string, unknown>} [known] */
  const pane = (pane, known = {}) => new Proxy(known, {
    get: (_, name) => name in known ? known[String(name)] : (/** @type {unknown[]} */ ...values) => {
      calls.push([`${pane}.${String(name)}`, ...values.filter(value => typeof value !== "object" || Array.isArray(value))].join(" "))
    },
  })
  const slot = pane("slot")
  const panes = {
    root: {dataset: {}, classList: {toggle: (/** @type {unknown[]} */ ...values) => calls.push(values.join(" "))}},
    workspace: new WorkspaceState(workspaceValues({stage, example: "add", text: edited})),
    catalog: {examples: [{name: "add", title: "Add", description: "adds", text: "abcdef\n", targets: [], wrong: true}], targets: [], members: []},
    toolbar: pane("toolbar"), choice: pane("choice"), diagnostics: pane("diagnostics"), run: pane("run"), modelTab: pane("model"), selection: pane("selection"),
    tree: pane("tree", {stages: pane("stages", {target: "c"}), head: pane("head")}),
    sources: pane("sources", {slot: (/** @type {string} */ name) => ["c", "cuda"].includes(name) ? slot : undefined}),
    editor: () => pane("editor", {text: edited}), finished: () => calls.push("finished"), tokenLost: () => calls.push("tokenLost"),
  }
  return {view: new AnalysisView(/** @type {AnalysisViewContext} */ (/** @type {unknown} */ (panes))), calls, panes}
}

test("a program is loaded into the editor that holds its text, and no other", () => {
  for (const [text, loaded] of /** @type {const} */ ([["abcdef\n", ["editor.load"]], ["typed on", []]])) {
    const {view, calls} = viewOf("input", text)
    view.program(linkModel())
    assert.deepEqual(calls, ["stages.forget", "model.forget", "sources.dim true", ...loaded, "selection.reset"])
  }
})

test("remarks come with what the example is about, and stand in the editor that holds their text", () => {
  const remarks = {edits: [], generation: "", upgraded: "", upgradeDiff: [], leftOut: [], problems: []}
  const {view, calls} = viewOf("input", "abcdef\n")
  view.remarks(remarks, "abcdef\n")
  assert.equal(calls[0], "diagnostics.show abcdef\n adds true")
  assert.equal(calls.length, 2)
  calls.length = 0
  view.remarks(remarks, "older")
  assert.deepEqual(calls, ["diagnostics.show older  "])
})

test("a target's problem is shown at its source, and below its drawing", () => {
  /** @type {[stage: Stage, part: string, target: string, calls: string[]][]} */
  const cases = [
    ["input", "source", "c", ["slot.fail"]], ["final", "source", "c", ["head.setCaption wrong", "slot.fail"]],
    ["final", "source", "cuda", ["slot.fail"]], ["final", "origins", "c", ["head.setCaption wrong", "slot.settle "]],
    ["input", "picture", "", ["head.setCaption wrong"]], ["input", "final", "llvm", []]]
  for (const [stage, part, target, wanted] of cases) {
    const {view, calls} = viewOf(stage, "")
    view.problem(part, target, PROBLEM)
    assert.deepEqual(calls, wanted, `${stage} ${part} ${target}`)
  }
})

test("texts of the target that is looked at change the choice of stages", () => {
  const {view, calls} = viewOf("input", "")
  view.texts({kind: "texts", name: "cuda", texts: [], problems: []})
  view.texts({kind: "texts", name: "c", texts: [], problems: []})
  assert.deepEqual(calls, ["slot.load  ", "slot.load  ", "tree.drawStages"])
})

test("what a run is told comes with the text that it is of", () => {
  const {view, calls} = viewOf("input", "")
  view.setup({kind: "setup", functions: [], reference: ""}, "abc")
  assert.deepEqual(calls, ["run.load abc"])
})

test("how it goes is told, and ends are counted", () => {
  const {view, calls, panes} = viewOf("input", "")
  view.busy(true)
  view.stale(true)
  view.stale(false)
  view.status("1 ms", false)
  view.tokenLost()
  view.finished("abc")
  view.finished("abcd")
  assert.deepEqual(calls, [
    "busy true", "stale true", "editor.forget", "stale false", "toolbar.setStatus 1 ms false", "tokenLost",
    "run.settle abc", "sources.compareAgain", "finished", "run.settle abcd", "sources.compareAgain", "finished"])
  assert.deepEqual(panes.root.dataset, {analysed: "2"})
})
