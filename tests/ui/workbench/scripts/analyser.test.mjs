// Asking for analyses, and what becomes of their frames.
import assert from "node:assert/strict"
import {test} from "node:test"
import {Analyser} from "../../../../viz/ui/workbench/scripts/analyser.js"
import {WorkspaceState} from "../../../../viz/ui/workbench/scripts/workspace_state.js"
import {ORIGINS, PROGRAM, TABLES, TREE} from "../../../support/link_model.mjs"
import {workspaceValues} from "../../../support/workspace.mjs"

/** @import {AnalysisListener} from "../../../../viz/ui/workbench/scripts/analyser.js" */
/** @import {Frame, Outcome, OverviewFrame, Problem, Question} from "../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** @type {OverviewFrame} */
const OVERVIEW = {kind: "overview", definition: "f", definitions: [{name: "f", arguments: []}], functions: ["f"], edits: [], generation: "", upgraded: "", upgradeDiff: [], leftOut: [], modelOrigins: [], problems: []}
/** @type {Problem} */
const PROBLEM = {message: "wrong", hint: "", severity: "error", span: [0, 1]}
/** @type {Frame[]} */
const WHOLE = [
  OVERVIEW, {kind: "program", ...PROGRAM, tables: TABLES}, {kind: "final", name: "c", title: "C", tree: TREE, tables: TABLES},
  {kind: "texts", name: "c", texts: [], problems: []}, {kind: "origins", name: "c", ...ORIGINS, folds: []}]

/**
 * An analyser whose server answers with these, one after the other; what it asks and tells is noted.
 * @param {...{frames: Frame[], outcome: Outcome}} answers
 */
function analyserOf(...answers) {
  const workspace = new WorkspaceState(workspaceValues())
  /** @type {{lane: string, question: Question}[]} */
  const asked = []
  /** @type {[name: string, ...values: unknown[]][]} */
  const told = []
  const listener = /** @type {AnalysisListener} */ (new Proxy({}, {
    get: (_, name) => (/** @type {unknown[]} */ ...values) => void told.push([String(name), ...values])}))
  const page = {isConnected: true, knowsPasses: true}
  const analyser = new Analyser({
    client: {
      async parts(lane, question, take) {
        asked.push({lane, question})
        const {frames, outcome} = answers.shift() ?? assert.fail("nobody was to ask again")
        await undefined
        frames.forEach(take)
        return outcome
      },
      recorded: () => assert.fail("nothing was recorded"),
    },
    recorded: () => undefined,
    workspace,
    view: () => ({stage: "input", target: "c", before: null, unfolded: [], folded: [], types: false, whole: false, depth: 0, width: 1, height: 1}),
    schedules: isNewAnalysis => isNewAnalysis ? ["c"] : [],
    knowsPasses: () => page.knowsPasses, isConnected: () => page.isConnected, titleOf: target => target.toUpperCase(),
  }, listener)
  /** @param {string} name */
  const valuesOf = name => told.filter(([other]) => other === name).map(([, ...values]) => values)
  return {analyser, workspace, asked, told, valuesOf, page}
}

test("an analysis fills the model, and its end is told", async () => {
  const {analyser, asked, told, valuesOf} = analyserOf({frames: WHOLE, outcome: "ok"})
  assert.deepEqual([analyser.model], [undefined])
  await analyser.ask()
  assert.deepEqual(asked.map(({lane, question}) => [lane, question.schedules, question.parts.length]), [["view", ["c"], 4]])
  assert.equal(analyser.model?.derived.get("c")?.origin(2)?.certainty, "exact")
  assert.deepEqual(told.map(([name]) => name), [
    "busy", "status", "overview", "remarks", "stale", "program", "remarks", "texts", "origins", "busy", "status", "finished"])
  assert.match(String(valuesOf("status")[1]), /^built in \d+\.\d\d s/)
})

test("a text that cannot be read keeps the last good model, as stale", async () => {
  const {analyser, workspace, valuesOf} = analyserOf(
    {frames: WHOLE, outcome: "ok"}, {frames: [{kind: "problem", part: "tree", target: "", problem: PROBLEM}], outcome: "failed"})
  await analyser.ask()
  workspace.edit("broken")
  await analyser.ask()
  assert.equal(analyser.model?.text, "def f(): ...")
  assert.deepEqual(valuesOf("stale"), [[false], [true]])
  assert.deepEqual(valuesOf("status").at(-1), ["The text cannot be read.", true])
  assert.deepEqual(analyser.remarks.problems, [PROBLEM])
})

test("problems of a target are told there, and in the text with the target's name", async () => {
  /** @type {(part: string, message?: string, missing?: string[]) => Frame} */
  const problem = (part, message = "wrong", missing = []) =>
    ({kind: "problem", part, target: "c", problem: {...PROBLEM, message, missing}})
  const {analyser, valuesOf} = analyserOf({outcome: "failed", frames: [
    problem("source"), problem("picture"), problem("schedule"), problem("passes"), problem("tree", "make needs a value for M, N", ["M", "N"])]})
  await analyser.ask()
  assert.deepEqual(valuesOf("problem").map(([part, target]) => [part, target]), [["source", "c"], ["picture", "c"]])
  assert.deepEqual(valuesOf("schedule"), [["c", "", {...PROBLEM, missing: []}]])
  assert.deepEqual(valuesOf("missingArguments"), [[["M", "N"]]])
  assert.deepEqual(analyser.remarks.problems.map(({message, severity}) => [message, severity]), [
    ["C: wrong", "warning"], ["make needs a value for M, N", "error"]])
})

test("frames of an older analysis are dropped", async () => {
  const {analyser, valuesOf} = analyserOf({frames: WHOLE, outcome: "ok"}, {frames: [], outcome: "ok"})
  const older = analyser.ask()
  await Promise.all([older, analyser.ask()])
  assert.deepEqual(valuesOf("program"), [])
  assert.equal(valuesOf("finished").length, 1)
})

test("a choice that is gone is asked about anew", async () => {
  const {analyser, workspace, asked} = analyserOf({frames: [OVERVIEW], outcome: "ok"}, {frames: WHOLE, outcome: "ok"})
  workspace.chooseFunction("gone")
  await analyser.ask()
  await new Promise(setImmediate)
  assert.deepEqual(asked.map(({question}) => question.workspace.function), ["gone", ""])
  assert.ok(analyser.model)
})

test("another drawing is of the text that is shown, with the passes if they are not known", async () => {
  const {analyser, workspace, asked, page, valuesOf} = analyserOf(
    {frames: WHOLE, outcome: "ok"}, {frames: [{kind: "queued", position: 3}], outcome: "ok"}, {frames: [], outcome: "ok"})
  await analyser.redraw()
  assert.equal(asked.length, 0)  // there is nothing to draw yet
  await analyser.ask()
  await analyser.redraw()
  page.knowsPasses = false
  workspace.edit("half-typed")
  await analyser.redraw()
  const questions = asked.slice(1).map(({lane, question}) => [lane, question.parts, question.workspace.text, question.current])
  assert.deepEqual(questions, [["look", ["tree"], "def f(): ...", true], ["look", ["tree", "passes"], "def f(): ...", false]])
  assert.equal(valuesOf("pictureProgress").length, 1)
  assert.equal(valuesOf("pictureKept").length, 2)
})

test("without a server or a session it waits and tries again, until it is closed", async () => {
  const {analyser, valuesOf} = analyserOf({frames: [], outcome: "lost"}, {frames: [], outcome: "token"}, {frames: WHOLE, outcome: "ok"})
  await analyser.ask()
  assert.ok(analyser.isWaiting)
  assert.deepEqual(valuesOf("tokenLost"), [])
  await analyser.ask()
  assert.equal(valuesOf("tokenLost").length, 1)
  await analyser.ask()
  assert.ok(!analyser.isWaiting)
  analyser.close()
})

test("typing is waited for; leaving the page is not", async () => {
  const {analyser, asked, page} = analyserOf({frames: WHOLE, outcome: "ok"})
  analyser.askNow()
  assert.equal(asked.length, 0)  // nothing waits
  analyser.askLater()
  analyser.askNow()
  assert.equal(asked.length, 1)
  page.isConnected = false
  analyser.askLater()
  analyser.askNow()
  assert.equal(asked.length, 1)  // another page asks now
})
