// Show in the panes what an analysis brings.
import {stageWords, treeName} from "./tree/stages.js"
import {RECORDED} from "./dumps/recorded_rows.js"
import {PYTHON} from "./workspace_state.js"

/** @import {RecordedFrame} from "./dumps/dump_frames.d.ts" */
/** @import {Dumps} from "./dumps/dumps.js" */
/** @import {LinkModel} from "../../../render/web/model.js" */
/** @import {Selection} from "../../../render/web/selection.js" */
/** @import {AnalysisListener} from "./analyser.js" */
/** @import {Diagnostics} from "./diagnostics.js" */
/** @import {Editor} from "./editor/editor.js" */
/** @import {DiffFrame, Catalog, OriginsFrame, OverviewFrame, PassesFrame, PictureFrame, PreviewFrame, Problem, ProgressFrame, PythonFrame, QueuedFrame, ScriptFrame, SetupFrame, Remarks, TextsFrame} from "./frames.d.ts" */
/** @import {ProgramChoice} from "./program_choice.js" */
/** @import {ModelFrame} from "./model/model_frames.d.ts" */
/** @import {ModelTab} from "./model/model_tab.js" */
/** @import {SourcePane} from "./sources/source_pane.js" */
/** @import {RunTab} from "./run/run_tab.js" */
/** @import {Toolbar} from "./toolbar.js" */
/** @import {TreePane} from "./tree/tree_pane.js" */
/** @import {WorkspaceState} from "./workspace_state.js" */

/**
 * The panes that show it. `editor` gives the editor once it is loaded; `finished` and `tokenLost` are what is
 * to be done then besides.
 * @typedef {{root: HTMLElement, workspace: WorkspaceState, catalog: Catalog, toolbar: Toolbar, choice: ProgramChoice,
 *   diagnostics: Diagnostics, run: RunTab, tree: TreePane, sources: SourcePane, selection: Selection, modelTab: ModelTab, dumps: Dumps,
 *   editor: () => Editor | undefined, finished: () => void, settled: () => void, tokenLost: () => void}} AnalysisViewContext
 */

const TEXT_PARTS = new Set(["source", "final", "origins"])  // parts that a target's texts need

/** @implements {AnalysisListener} */
export class AnalysisView {
  #panes

  /** @param {AnalysisViewContext} panes */
  constructor(panes) { this.#panes = panes }

  // ---------------------------------------------------------------- how it goes

  /** @param {boolean} isBusy */
  busy(isBusy) { this.#panes.root.classList.toggle("busy", isBusy) }

  /** @param {string} words @param {boolean} [isError] */
  status(words, isError) { this.#panes.toolbar.setStatus(words, isError) }

  /** @param {boolean} isStale */
  stale(isStale) {
    this.#panes.root.classList.toggle("stale", isStale)
    if (isStale) this.#panes.editor()?.forget()
  }

  tokenLost() { this.#panes.tokenLost() }

  /** @param {string} text the text of the analysis */
  finished(text) {
    const {dataset} = this.#panes.root
    dataset.analysed = String(Number(dataset.analysed ?? 0) + 1)  // for tests and benchmarks to wait for
    this.#panes.run.settle(text)
    this.#panes.sources.compareAgain()
    this.#panes.finished()
  }

  // ---------------------------------------------------------------- the program

  /** @param {OverviewFrame} frame */
  overview(frame) { this.#panes.choice.offer(frame, this.#panes.workspace.values) }

  /** @param {SetupFrame} frame @param {string} text */
  setup(frame, text) { this.#panes.run.load(frame, text) }

  /** @param {string[]} names */
  missingArguments(names) { this.#panes.choice.askFor(names, this.#panes.workspace.values) }

  /** @param {Remarks} remarks @param {string} text */
  remarks(remarks, text) {
    const {workspace, catalog, diagnostics} = this.#panes
    const shipped = catalog.examples.find(example => example.name === workspace.values.example && example.text === text)
    diagnostics.show(remarks, text, shipped?.description, shipped?.wrong)
    const editor = this.#panes.editor()
    if (editor?.text === text) editor.showRemarks(remarks)
  }

  /** @param {LinkModel} model */
  program(model) {
    const {tree, sources, selection, modelTab} = this.#panes
    tree.stages.forget()
    modelTab.forget()
    sources.dim(true)
    const editor = this.#panes.editor()
    if (editor?.text === model.text) editor.load(model)
    selection.reset()
  }

  // ---------------------------------------------------------------- targets

  /** @param {PreviewFrame} frame */
  preview({name, texts}) { this.#panes.sources.slot(name)?.preview(texts) }

  /** @param {TextsFrame} frame */
  texts({name, texts, problems}) {
    const {tree, sources} = this.#panes
    sources.slot(name)?.load(texts, problems)
    if (name === tree.stages.target) tree.drawStages()
  }

  /** @param {OriginsFrame} frame */
  origins({name, folds}) {
    this.#panes.sources.slot(name)?.settle(folds)
    this.#panes.selection.show()
  }

  /** @param {string} target @param {string} text @param {Problem} [problem] */
  schedule(target, text, problem) { this.#panes.sources.slot(target)?.print(text, problem) }

  /** @param {string} part @param {string} target @param {Problem} problem */
  problem(part, target, problem) {
    const {tree, sources, workspace} = this.#panes
    if (part === RECORDED) return this.#panes.dumps.fail(problem)
    if (part === PYTHON) return sources.slot(PYTHON)?.fail(problem)
    const isDrawn = workspace.values.stage !== "input" && target === tree.stages.target
    if (!TEXT_PARTS.has(part) || isDrawn) tree.head.setCaption(problem.message)
    if (part === "origins") sources.slot(target)?.settle([])  // the texts are there, but linked to nothing
    else if (TEXT_PARTS.has(part)) sources.slot(target)?.fail(problem)
  }

  // ---------------------------------------------------------------- the tree

  links() { this.#panes.selection.show() }

  /** @param {PassesFrame} frame */
  passes({target, rows}) { this.#panes.tree.setPasses(target, rows) }

  /** @param {ModelFrame} frame */
  model(frame) { this.#panes.modelTab.load(frame) }

  /** @param {PictureFrame} frame */
  picture(frame) {
    this.#panes.tree.load(frame)
    this.#panes.selection.show()
  }

  /** @param {ScriptFrame} frame */
  script(frame) {
    this.#panes.tree.views.texts.loadScript(frame)
    this.#panes.selection.show()
  }

  /** @param {PythonFrame} frame */
  python({stage, target, texts, problems}) {
    const {tree, sources, selection} = this.#panes
    const slot = sources.slot(PYTHON)
    const place = {tree: treeName({stage, target}), note: stageWords(stage, tree.titleOf(target))}
    if (!texts.length) slot?.fail(problems[0], place)
    else {
      slot?.load(texts, problems, place)
      slot?.settle([])
    }
    selection.show()
  }

  /** @param {RecordedFrame} frame */
  recorded(frame) { this.#panes.dumps.take(frame) }

  /** @param {DiffFrame} frame */
  diff(frame) { this.#panes.tree.views.texts.loadDiff(frame) }

  /** @param {QueuedFrame | ProgressFrame} frame */
  pictureProgress(frame) { if (!this.#panes.tree.stages.unread) this.#panes.tree.head.showProgress(frame) }

  pictureKept() {
    this.#panes.tree.drawCaption()
    this.#panes.settled()
  }
}
