// The tab Run of the dock: ask for a run, say how it goes, show its outcome.
import {find} from "../../../../render/web/elements.js"
import {remember, remembered} from "../sharing/remembered.js"
import {withThisBrowser} from "./browser/availability.js"
import {DeviceRun} from "./device_run.js"
import {EVERYWHERE, everyDevice, verdictOf} from "./everywhere/device_rows.js"
import {DeviceTable} from "./everywhere/device_table.js"
import {LaunchAdvice} from "./launch_advice.js"
import {pictureActions} from "./pictures/picture_actions.js"
import {RunForm} from "./run_form.js"
import {RunResult} from "./run_result.js"
import {RunSettings} from "./run_settings.js"
import {_, language, marked} from "../language/words.js"

/** @import {ApiClient} from "../client.js" */
/** @import {Dock} from "../layout/dock.js" */
/** @import {DevicesFrame, Frame, Outcome, OutcomeFrame, ProblemFrame, RunPart, SetupFrame, Theme, WorkspaceValues} from "../frames.d.ts" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {DeviceResult} from "./everywhere/device_rows.js" */
/** @import {AdviceActions} from "./launch_advice.js" */
/** @import {ResultActions} from "./run_result.js" */
/** @import {RememberedRun} from "./run_settings.js" */

/**
 * `settleText` asks for the analysis of a text that was typed just now.
 * @typedef {ResultActions & AdviceActions & {settleText: () => void, tokenLost: () => void, theme: () => Theme}} RunActions
 */

/**
 * How a run ended, the text that ran, and what else the run was of; `results` where it was one on all devices.
 * @typedef {{frame?: OutcomeFrame | ProblemFrame, results?: DeviceResult[], text: string, subject: string}} EndedRun
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
  #table
  #advice
  #status
  #cancel
  #isOfText = false  // whether the settings are of the editor's text
  #isWanted = false  // whether a run waits for the settings or the devices
  #isAsking = false  // for the devices
  /** @type {DeviceRun | undefined} */
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
    this.#table = new DeviceTable(find(root, ".run-everywhere"), frame => this.#openOfMany(frame))
    this.#advice = new LaunchAdvice(find(root, ".launch-advice"), client, actions)
    this.#status = find(root, ".run-status")
    this.#cancel = find(root, ".cancel-run")
    this.#cancel.addEventListener("click", () => this.#giveUp())
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
    this.#giveUp()
    return {settings: this.#settings, ended: this.#ended, isRunning}
  }

  /** The seed and the sizes of a run. */
  get part() { return this.#settings.part }

  /** Whether the settings are of the editor's text. */
  get isOfText() { return this.#isOfText }

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

  #giveUp() {
    this.#running?.cancel()
    this.#client.cancel("run")  // the question for the devices, too
  }

  async #run() {
    const subject = this.#subject
    const workspace = {...this.#workspace.values, function: this.#settings.function?.name ?? ""}
    const {device, part} = this.#settings
    this.#running?.cancel()
    const running = this.#running = new DeviceRun(this.#client)
    this.#cancel.hidden = false
    this.#result.dim(true)
    this.#setStatus(_("running …"))
    this.#advice.ask(part.device, workspace)
    const ending = part.device === EVERYWHERE
      ? await this.#runEverywhere(running, workspace, part, subject)
      : await running.start({workspace, run: part}, device, frame => {
        if (this.#running === running) this.#take(frame, workspace.text, subject)
      })
    if (this.#running !== running) return  // a newer one says how it goes
    this.#running = undefined
    this.#cancel.hidden = true
    this.#setStatus(endingWords(ending) ?? this.#last?.words ?? "")  // for who looks at another tab, or hears it
    this.#drawDot()
    if (ending === "token") this.#actions.tokenLost()
  }

  /**
   * Run on all devices, each with those of the settings that it has.
   * @param {DeviceRun} running @param {WorkspaceValues} workspace @param {RunPart} part @param {string} subject
   */
  async #runEverywhere(running, workspace, part, subject) {
    this.#result.clear()
    this.#result.dim(false)
    this.#ended = {text: workspace.text, subject, results: []}
    const ending = await this.#table.run(this.#settings.devices, (device, take) => {
      const run = {...part, device: device.name, checked: part.checked && device.checks}
      return running.start({workspace, run}, device, frame => {
        if (this.#running !== running) return
        take(frame)
        if (frame.kind !== "outcome" && frame.kind !== "problem") this.#take(frame, workspace.text, subject)
      })
    })
    if (this.#running === running) this.#sum({text: workspace.text, subject, results: this.#table.results})
    return ending
  }

  /** Say what all devices made of a run together. @param {EndedRun} ended */
  #sum(ended) {
    this.#ended = ended
    const verdict = verdictOf(ended.results ?? [])
    this.#last = {subject: ended.subject, state: verdict?.passed ? "good" : "bad", words: verdict?.words ?? _("It did not run")}
    this.#drawDot()
  }

  /** @param {Frame} frame @param {string} text @param {string} subject */
  #take(frame, text, subject) {
    if (frame.kind === "queued") this.#setStatus(_("number {position} in the queue …", {position: frame.position}))
    else if (frame.kind === "progress") this.#setStatus(`${frame.step} …`)
    else if (frame.kind === "outcome" || frame.kind === "problem") this.#show({frame, text, subject})
  }

  /** @param {EndedRun} ended */
  #show(ended) {
    const {frame, results, text, subject} = ended
    if (results) {
      this.#table.show(this.#settings.devices, results)
      this.#sum(ended)
    }
    if (!frame) return
    this.#ended = ended
    this.#table.clear()
    const words = this.#open(frame, text)
    this.#last = {subject, state: frame.kind === "outcome" && frame.passed ? "good" : "bad", words}
    this.#drawDot()
  }

  /** Show the result of one of all devices, below the table. @param {OutcomeFrame | ProblemFrame} frame */
  #openOfMany(frame) {
    this.#open(frame, this.#ended?.text ?? this.#workspace.values.text)
    const result = find(this.#root, ".run-result")
    result.scrollTo(0, find(result, ".run-outcome").offsetTop - result.offsetTop)
  }

  /** Show the result of a run on one device; returns it in a few words. @param {OutcomeFrame | ProblemFrame} frame @param {string} text */
  #open(frame, text) {
    if (frame.kind === "outcome") {
      const told = {...frame, ...frame.told?.[language()]}
      this.#result.show(told, text, this.#actions.theme())
      return told.verdict
    }
    const problem = frame.told?.[language()] ?? frame.problem
    this.#result.fail(problem, text, frame.shaders)
    return problem.message
  }

  async #askForDevices() {
    if (this.#isAsking) return
    this.#isAsking = true
    this.#setStatus(_("looking for devices …"))
    /** @type {DevicesFrame | undefined} */
    let known
    const ending = await this.#client.run({workspace: this.#workspace.values, run: null}, frame => {
      if (frame.kind === "devices") {
        known = frame
        if (!this.#last) this.#result.tell(_("Press Run: inputs are made, the program runs, its outputs are compared."), frame.protection)
      } else if (frame.kind === "problem") this.#result.fail(frame.problem, this.#workspace.values.text)
    })
    if (known) this.#settings.loadDevices({...known, devices: [...await withThisBrowser(known.devices), everyDevice()]})
    this.#table.rename(this.#settings.devices)
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
    this.#table.dim(isPast)
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
