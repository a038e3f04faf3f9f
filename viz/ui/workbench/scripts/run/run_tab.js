// The tab Run of the dock: ask for a run, say how it goes, show its outcome.
import {find} from "../../../../render/web/elements.js"
import {remember, remembered} from "../sharing/remembered.js"
import {LaunchAdvice} from "./launch_advice.js"
import {pictureActions} from "./pictures/picture_actions.js"
import {RunForm} from "./run_form.js"
import {RunResult} from "./run_result.js"
import {RunSettings} from "./run_settings.js"
import {_, language, marked} from "../language/words.js"

/** @import {ApiClient} from "../client.js" */
/** @import {Dock} from "../layout/dock.js" */
/** @import {Frame, Outcome, OutcomeFrame, ProblemFrame, SetupFrame, Theme} from "../frames.d.ts" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {AdviceActions} from "./launch_advice.js" */
/** @import {ResultActions} from "./run_result.js" */
/** @import {RememberedRun} from "./run_settings.js" */

/**
 * `settleText` asks for the analysis of a text that was typed just now.
 * @typedef {ResultActions & AdviceActions & {settleText: () => void, tokenLost: () => void, theme: () => Theme}} RunActions
 */

/**
 * How a run ended, the text that ran, and what else the run was of.
 * @typedef {{frame: OutcomeFrame | ProblemFrame, text: string, subject: string}} EndedRun
 */

/**
 * What stays of the tab when the page changes its language. A run that was not over is made again.
 * @typedef {{settings: RunSettings, ended: EndedRun | undefined, isRunning: boolean}} CarriedRun
 */

/** @type {Partial<Record<Outcome, string>>} */
const ENDINGS = {
  superseded: marked("Replaced by a newer run."), aborted: marked("Cancelled."),
  lost: marked("The server does not answer. Run again."), token: marked("The session is over. Run again in a moment.")}

/** @param {Outcome} ending */
function endingWords(ending) {
  const words = ENDINGS[ending]
  return words && _(words)
}

export class RunTab {
  #root
  #dock
  #client
  #workspace
  #actions
  #settings
  #form
  #result
  #advice
  #status
  #cancel
  #isOfText = false  // whether the settings are of the editor's text
  #isWanted = false  // whether a run waits for the settings or the devices
  #isAsking = false  // for the devices
  /** @type {object | undefined} */
  #running
  /** @type {EndedRun | undefined} */
  #ended
  /** @type {{subject: string, state: "good" | "bad", words: string} | undefined} */
  #last  // the last verdict, and what it is of

  /**
   * @param {HTMLElement} root
   * @param {{dock: Dock, client: ApiClient, workspace: WorkspaceState}} context
   * @param {RunActions} actions
   * @param {CarriedRun} [carried]
   */
  constructor(root, {dock, client, workspace}, actions, carried) {
    this.#root = root
    this.#dock = dock
    this.#client = client
    this.#workspace = workspace
    this.#actions = actions
    this.#settings = carried?.settings ?? firstSettings()
    this.#form = new RunForm(find(root, ".run-form"), this.#settings, () => this.#changed())
    this.#result = new RunResult(find(root, ".run-outcome"), {...actions, ...pictureActions(client, workspace)})
    this.#advice = new LaunchAdvice(find(root, ".launch-advice"), client, actions)
    this.#status = find(root, ".run-status")
    this.#cancel = find(root, ".cancel-run")
    this.#cancel.addEventListener("click", () => this.#client.cancel("run"))
    find(root, ".start-run").addEventListener("click", () => this.start())
    this.#result.tell(_("Press Run: inputs are made, the program runs, its outputs are compared."))
    this.#form.draw()
    if (carried) this.#goOnFrom(carried)
  }

  /** @param {CarriedRun} carried */
  #goOnFrom({ended, isRunning}) {
    if (this.#settings.knowsDevices) this.#askForDevices()  // whose titles are in the other language
    if (ended) this.#show(ended)
    this.#isWanted = isRunning
  }

  /** What the tab in another language begins with; this one is given up. @returns {CarriedRun} */
  handOver() {
    this.#form.commit()
    const isRunning = this.#running !== undefined || this.#isWanted
    this.#client.cancel("run")
    return {settings: this.#settings, ended: this.#ended, isRunning}
  }

  /** The seed and the sizes of a run. */
  get part() { return this.#settings.part }

  /** The function to run; empty before a text could be read. */
  get functionName() { return this.#settings.function?.name ?? "" }

  // ---------------------------------------------------------------- what it is told

  /** The tab came in sight: who looks at it wants to know the devices. */
  shown() { if (!this.#settings.knowsDevices) this.#askForDevices() }

  /**
   * Take the functions of a text that was analysed.
   * @param {SetupFrame} frame
   * @param {string} text
   */
  load(frame, text) {
    this.#settings.load(frame)
    const {function: chosen} = this.#workspace.values
    if (chosen) this.#settings.chooseFunction(chosen)
    this.#form.draw()
    this.#isOfText = text === this.#workspace.values.text
    this.#drawDot()
    this.#goOn()
  }

  /**
   * The analysis of a text has ended: one that cannot be read has no settings of its own.
   * @param {string} text
   */
  settle(text) {
    this.#isOfText = text === this.#workspace.values.text
    this.#goOn()
  }

  /** @param {Theme} theme */
  setTheme(theme) { this.#result.setTheme(theme) }

  #changed() {
    remember("run", JSON.stringify(this.#settings.remembered))
    this.#drawDot()  // the verdict may be another one, too
  }

  /** The text is another one, and not analysed yet. */
  edited() {
    this.#isOfText = false
    this.#advice.forget()
    if (!this.#running) this.#setStatus("")
    this.#drawDot()
  }

  // ---------------------------------------------------------------- a run

  /** Run the program of now, once its settings and the devices are known; a run before it is given up. */
  start() {
    if (this.#root.classList.contains("embedded")) return  // there it is only read
    this.#form.commit()
    this.#dock.show("run")
    this.#isWanted = true
    if (!this.#settings.knowsDevices) this.#askForDevices()
    if (!this.#isOfText) this.#actions.settleText()
    this.#goOn()
  }

  #goOn() {
    if (!this.#isWanted || !this.#isOfText || !this.#settings.knowsDevices) return
    this.#isWanted = false
    this.#run()
  }

  async #run() {
    const subject = this.#subject
    const workspace = {...this.#workspace.values, function: this.#settings.function?.name ?? ""}
    const running = this.#running = {}
    this.#cancel.hidden = false
    this.#result.dim(true)
    this.#setStatus(_("running …"))
    this.#advice.ask(this.#settings.part.device, workspace)
    const ending = await this.#client.run({workspace, run: this.#settings.part}, frame => {
      if (this.#running === running) this.#take(frame, workspace.text, subject)
    })
    if (this.#running !== running) return  // a newer one says how it goes
    this.#running = undefined
    this.#cancel.hidden = true
    this.#setStatus(endingWords(ending) ?? this.#last?.words ?? "")  // for who looks at another tab, or hears it
    this.#drawDot()
    if (ending === "token") this.#actions.tokenLost()
  }

  /** @param {Frame} frame @param {string} text @param {string} subject */
  #take(frame, text, subject) {
    if (frame.kind === "queued") this.#setStatus(_("number {position} in the queue …", {position: frame.position}))
    else if (frame.kind === "progress") this.#setStatus(`${frame.step} …`)
    else if (frame.kind === "outcome" || frame.kind === "problem") this.#show({frame, text, subject})
  }

  /** @param {EndedRun} ended */
  #show(ended) {
    const {frame, text, subject} = this.#ended = ended
    if (frame.kind === "outcome") {
      const told = {...frame, ...frame.told?.[language()]}
      this.#last = {subject, state: told.passed ? "good" : "bad", words: told.verdict}
      this.#result.show(told, text, this.#actions.theme())
    } else {
      const problem = frame.told?.[language()] ?? frame.problem
      this.#last = {subject, state: "bad", words: problem.message}
      this.#result.fail(problem, text)
    }
    this.#drawDot()
  }

  async #askForDevices() {
    if (this.#isAsking) return
    this.#isAsking = true
    this.#setStatus(_("looking for devices …"))
    const ending = await this.#client.run({workspace: this.#workspace.values, run: null}, frame => {
      if (frame.kind === "devices") {
        this.#settings.loadDevices(frame)
        if (!this.#last) this.#result.tell(_("Press Run: inputs are made, the program runs, its outputs are compared."), frame.protection)
      } else if (frame.kind === "problem") this.#result.fail(frame.problem, this.#workspace.values.text)
    })
    this.#isAsking = false
    this.#setStatus(endingWords(ending) ?? "")
    this.#form.draw()
    if (ending === "token") this.#actions.tokenLost()
    if (this.#settings.knowsDevices) this.#goOn()
    else this.#isWanted = false  // pressed again, it asks again
  }

  // ---------------------------------------------------------------- what is shown of it

  /** What a verdict is about, to know whether it still holds. */
  get #subject() {
    const {text, definition, arguments: values, options} = this.#workspace.values
    return JSON.stringify([text, definition, values, options, this.#settings.function?.name, this.#settings.about])
  }

  #drawDot() {
    if (!this.#last) return
    const {subject, state, words} = this.#last
    const isPast = subject !== this.#subject
    this.#dock.setDot(isPast ? "past" : state, isPast ? _("{verdict}, before the last change", {verdict: words}) : words)
    this.#result.dim(isPast)
  }

  /** @param {string} words */
  #setStatus(words) { this.#status.textContent = words }
}

function firstSettings() {
  const settings = new RunSettings()
  settings.recall(lastSettings())
  return settings
}

/** The settings of the last visit. @returns {Partial<RememberedRun>} */
function lastSettings() {
  try {
    return JSON.parse(remembered("run") ?? "{}") ?? {}
  } catch {
    return {}  // not ours
  }
}
