// Ask for the analysis of the workspace and keep its model: after typing stops, again when the server does
// not answer. What the frames bring is handed to a listener.
import {LinkModel} from "../../../render/web/model.js"
import {_, number} from "./language/words.js"

/** @import {ApiClient} from "./client.js" */
/** @import {DiffFrame, Frame, GenerationsFrame, OriginsFrame, Outcome, OverviewFrame, PassesFrame, PictureFrame, PreviewFrame, Problem, ProblemFrame, ProgramFrame, ProgressFrame, PythonFrame, Question, QueuedFrame, Remarks, ScriptFrame, SetupFrame, StageView, TextsFrame, TreeView} from "./frames.d.ts" */
/** @import {RecordedFrame, RecordedQuestion} from "./dumps/dump_frames.d.ts" */
/** @import {ModelFrame} from "./model/model_frames.d.ts" */
/** @import {WorkspaceState} from "./workspace_state.js" */

/**
 * What an analyser asks with: `view` is the drawing wanted of the program, `recorded` a stage that was recorded elsewhere, where that is looked at, `schedules` the targets whose schedule is looked
 * at, `knowsPasses` whether the passes of the drawing's target are known.
 * @typedef {{client: Pick<ApiClient, "parts" | "recorded">, workspace: WorkspaceState, view: () => TreeView, recorded: () => RecordedQuestion | undefined,
 *   schedules: (isNewAnalysis: boolean) => string[], knowsPasses: () => boolean, isConnected: () => boolean,
 *   titleOf: (target: string) => string}} AnalyserContext
 */

/**
 * What an analyser tells. `remarks` come with the text they are about; `stale` says that the last good
 * result is shown, but is not that of the text; `problem` is of a part of one target, or of the drawing.
 * @typedef {{
 *   busy: (isBusy: boolean) => void,
 *   status: (words: string, isError?: boolean) => void,
 *   overview: (frame: OverviewFrame) => void,
 *   remarks: (remarks: Remarks, text: string) => void,
 *   setup: (frame: SetupFrame, text: string) => void,
 *   program: (model: LinkModel) => void,
 *   preview: (frame: PreviewFrame) => void,
 *   texts: (frame: TextsFrame) => void,
 *   origins: (frame: OriginsFrame) => void,
 *   schedule: (target: string, text: string, problem?: Problem) => void,
 *   links: () => void,
 *   passes: (frame: PassesFrame) => void,
 *   model: (frame: ModelFrame) => void,
 *   picture: (frame: PictureFrame) => void,
 *   script: (frame: ScriptFrame) => void,
 *   python: (frame: PythonFrame) => void,
 *   diff: (frame: DiffFrame) => void,
 *   recorded: (frame: RecordedFrame) => void,
 *   pictureProgress: (frame: QueuedFrame | ProgressFrame) => void,
 *   pictureKept: () => void,
 *   problem: (part: string, target: string, problem: Problem) => void,
 *   missingArguments: (names: string[]) => void,
 *   stale: (isStale: boolean) => void,
 *   tokenLost: () => void,
 *   finished: (text: string) => void,
 * }} AnalysisListener
 */

/**
 * One analysis: the text it is of, and what is known of it. `isBroken` when the text cannot be read.
 * @typedef {{text: string, began: number, problems: Problem[], overview: OverviewFrame | undefined,
 *   isBroken: boolean}} Run
 */

/** @type {"previews"[]} */
const PREVIEWS = ["previews"]  // of use where texts of the program are shown already
/** @type {"passes"[]} */
const PASSES = ["passes"]
const TYPING_PAUSE = 400  // milliseconds after typing stops
const PROGRESS_DELAY = 400  // milliseconds before the steps are shown: each costs a frame
const RETRY_DELAY = 1500  // milliseconds between attempts to reach a server that does not answer

export class Analyser {
  #context
  #listener
  /** @type {Run | undefined} */
  #run  // the latest
  /** @type {LinkModel | undefined} */
  #model  // of the last run that could be read
  /** @type {Remarks} */
  #remarks = {edits: [], generation: "", upgraded: "", upgradeDiff: [], leftOut: [], problems: []}
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry
  #isWaiting = false

  /**
   * @param {AnalyserContext} context
   * @param {AnalysisListener} listener
   */
  constructor(context, listener) {
    this.#context = context
    this.#listener = listener
  }

  /** What the panes show; undefined until a text could be read. */
  get model() { return this.#model }

  /** What is to be told about the text. */
  get remarks() { return this.#remarks }

  /** Whether the server did not answer, and is asked again soon. */
  get isWaiting() { return this.#isWaiting }

  // ---------------------------------------------------------------- asking

  /** Ask once typing has stopped. */
  askLater() {
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => this.ask(), TYPING_PAUSE)
  }

  /** Ask at once if it was to be asked later. */
  askNow() { if (this.#pause !== undefined) this.ask() }

  /** Ask no more by itself. */
  close() {
    clearTimeout(this.#pause)
    clearTimeout(this.#retry)
    this.#pause = undefined
  }

  /** Ask for everything there is to see of the text. */
  async ask() {
    const {client, workspace, isConnected, view, recorded, schedules} = this.#context
    this.close()
    if (!isConnected()) return  // another page asks now
    const {values} = workspace
    /** @type {Run} */
    const run = {text: values.text, began: performance.now(), problems: [], overview: undefined, isBroken: false}
    /** @type {Question} */
    const question = {
      workspace: values, parts: ["program", ...recorded() ? [] : [partOf(values.view)], ...this.#model ? PREVIEWS : [], "sources", "passes"], tree: view(), schedules: schedules(true)}
    this.#run = run
    this.#listener.busy(true)
    this.#listener.status(_("analysing …"))
    const outcome = await client.parts("view", question, frame => { if (this.#run === run) this.#take(frame, run) })
    if (this.#run !== run || outcome === "aborted") return
    this.#listener.busy(false)
    this.#isWaiting = outcome === "lost" || outcome === "token"
    if (this.#isWaiting) this.#waitForServer(outcome)
    else this.#finish(run)
  }

  /** @param {Outcome} outcome */
  #waitForServer(outcome) {
    const isLost = outcome === "lost"
    this.#listener.status(isLost ? _("The server does not answer; trying again …") : _("The session is over; waiting for a new one …"), true)
    if (!isLost) this.#listener.tokenLost()
    this.#retry = setTimeout(() => this.ask(), RETRY_DELAY)
  }

  /** What another drawing of what is analysed is asked for with; undefined without any. @returns {Question | undefined} */
  get look() {
    const {workspace, view, schedules, knowsPasses} = this.#context
    if (!this.#run || !this.#model) return undefined
    const {text} = this.#model
    return {
      workspace: {...workspace.values, text}, parts: [partOf(workspace.values.view), ...knowsPasses() ? [] : PASSES], tree: view(),
      schedules: schedules(false), current: text === workspace.values.text}
  }

  /**
   * Ask for another drawing of what is analysed already.
   * @returns {Promise<void>}
   */
  async redraw() {
    const {client} = this.#context
    const run = this.#run
    const model = this.#model
    const recorded = this.#context.recorded()
    const question = this.look
    if (!run || !model || !question) return
    /** @param {Frame} frame */
    const take = frame => {
      if (this.#run !== run || this.#model !== model) return  // it is about what was here before
      if (frame.kind === "queued" || frame.kind === "progress") this.#listener.pictureProgress(frame)
      else this.#take(frame, run)
    }
    const outcome = await (recorded ? client.recorded(recorded, take) : client.parts("look", question, take))
    if (this.#run === run && this.#model !== model && outcome !== "aborted") return this.redraw()
    if (outcome === "ok") this.#listener.pictureKept()
    if (outcome === "lost" || outcome === "token") this.ask()
  }

  /**
   * Compare what two generations of TVM make of what is analysed.
   * @param {(frame: GenerationsFrame) => void} take
   * @param {(problem: Problem) => void} failed
   */
  async compare(take, failed) {
    const question = this.look
    if (!question) return undefined
    return this.#context.client.parts("generations", {...question, parts: ["generations"], schedules: [], aside: true}, frame => {
      if (frame.kind === "generations") take(frame)
      else if (frame.kind === "problem") failed(frame.problem)
    })
  }

  // ---------------------------------------------------------------- taking frames

  /** @param {Frame} frame @param {Run} run */
  #take(frame, run) {
    const listener = this.#listener
    const model = this.#model
    switch (frame.kind) {
      case "queued": return listener.status(_("number {position} in the queue …", {position: frame.position}))
      case "progress": return performance.now() - run.began > PROGRESS_DELAY ? listener.status(`${frame.step} …`) : undefined
      case "overview": return this.#takeOverview(frame, run)
      case "setup": return listener.setup(frame, run.text)
      case "program": return this.#takeProgram(frame, run)
      case "preview": return listener.preview(frame)
      case "final": return void model?.add(frame, frame.tables)
      case "texts":
        model?.derived.get(frame.name)?.addTexts(frame.texts)
        for (const problem of frame.problems) this.#remark(run, frame.name, problem)
        this.#tellRemarks(run)
        return listener.texts(frame)
      case "origins":
        model?.derived.get(frame.name)?.addOrigins(frame)
        return listener.origins(frame)
      case "schedule": return listener.schedule(frame.name, frame.text)
      case "stage":
        model?.add(frame, frame.tables)
        return listener.links()
      case "passes": return listener.passes(frame)
      case "model": return listener.model(frame)
      case "picture": return listener.picture(frame)
      case "script": return listener.script(frame)
      case "diff": return listener.diff(frame)
      case "recorded": return listener.recorded(frame)
      case "python": return listener.python(frame)
      case "problem": return this.#takeProblem(frame, run)
      case "end":
    }
  }

  /** @param {OverviewFrame} frame @param {Run} run */
  #takeOverview(frame, run) {
    run.overview = frame
    if (this.#context.workspace.dropMissing(frame)) {
      this.ask()
      return
    }
    if (this.#model?.text === run.text) this.#model.modelOrigins = frame.modelOrigins
    this.#listener.overview(frame)
    this.#tellRemarks(run)
  }

  /** @param {ProgramFrame} frame @param {Run} run */
  #takeProgram(frame, run) {
    this.#model = new LinkModel(run.text, frame, frame.tables)
    this.#model.modelOrigins = run.overview?.modelOrigins ?? []
    this.#listener.stale(false)
    this.#listener.program(this.#model)
  }

  /** @param {ProblemFrame} frame @param {Run} run */
  #takeProblem({part, target, problem}, run) {
    const listener = this.#listener
    if (part === "overview" || part === "tree") {
      run.problems.push(problem)
      run.isBroken = true
      if (problem.missing?.length) listener.missingArguments(problem.missing)
    } else if (part === "schedule") {
      listener.schedule(target, "", problem)
    } else if (part !== "passes") {
      listener.problem(part, target, problem)
      // Of what has a place in the text the editor shows it.
      if (["source", "final", "origins"].includes(part)) this.#remark(run, target, problem)
    }
    this.#tellRemarks(run)
  }

  /**
   * Note what a target has to say about a place in the text, for the editor.
   * @param {Run} run @param {string} target @param {Problem} problem
   */
  #remark(run, target, problem) {
    if (!problem.span) return
    run.problems.push({...problem, severity: "warning", message: _("{title}: {message}", {title: this.#context.titleOf(target), message: problem.message})})
  }

  /** @param {Run} run */
  #tellRemarks(run) {
    const {edits = [], generation = "", upgraded = "", upgradeDiff = [], leftOut = [], problems = []} = run.overview ?? {}
    this.#remarks = {edits, generation, upgraded, upgradeDiff, leftOut, problems: [...problems, ...run.problems]}
    this.#listener.remarks(this.#remarks, run.text)
  }

  /** @param {Run} run */
  #finish(run) {
    const seconds = (performance.now() - run.began) / 1000
    if (run.isBroken) this.#listener.stale(this.#model !== undefined)
    const isError = run.problems.some(({severity}) => severity === "error")
    this.#listener.status(run.isBroken ? _("The text cannot be read.") : _("built in {seconds} s", {seconds: number(seconds, {maximumFractionDigits: 2, minimumFractionDigits: 2})}), isError)
    this.#listener.finished(run.text)
    if (this.#context.recorded()) this.redraw()  // its tree is not among those of another program
  }
}

/** The part that a view of a stage needs: the outline has the nodes of the drawing. @param {StageView} view */
function partOf(view) { return view === "outline" ? "tree" : view }
