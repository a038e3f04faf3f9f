// Make a run on a device: of the server, or of this browser, where what is to be launched is asked for first and the outputs go back.
import {_, language} from "../language/words.js"
import {BrowserError, compute} from "./browser/webgpu.js"

/** @import {ApiClient} from "../client.js" */
/** @import {Computed, Device, Frame, Outcome, OutcomeFrame, PlanFrame, RunQuestion} from "../frames.d.ts" */

/** @import {Language} from "../language/words.js" */

/** @typedef {RunQuestion & {run: NonNullable<RunQuestion["run"]>}} RunOnDevice */

export class DeviceRun {
  #client
  #abort = new AbortController()

  /** @param {Pick<ApiClient, "run" | "computed" | "cancel">} client */
  constructor(client) { this.#client = client }

  /** Give it up; it ends as aborted. */
  cancel() {
    this.#abort.abort()
    this.#client.cancel("run")
  }

  /**
   * @param {RunOnDevice} question
   * @param {Pick<Device, "inBrowser"> | undefined} device
   * @param {(frame: Frame) => void} take
   * @returns {Promise<Outcome>}
   */
  async start(question, device, take) {
    if (!device?.inBrowser) return this.#client.run(question, take)
    /** @type {PlanFrame | undefined} */
    let plan
    const asked = await this.#client.run(question, frame => {
      if (frame.kind === "plan") plan = frame
      else take(frame)
    })
    if (!plan || asked !== "ok") return asked
    const computed = await this.#compute(plan, take)
    if (this.#abort.signal.aborted) return "aborted"
    if (!computed) return "failed"
    const {faults} = computed
    const shaders = faults.length ? placed(plan, faults) : undefined
    const remarks = plan.problems
    return this.#client.computed({workspace: question.workspace, run: question.run, computed}, frame => take(
      frame.kind === "outcome" ? withRemarks(frame, remarks) : frame.kind === "problem" ? {...frame, shaders} : frame))
  }

  /** @param {PlanFrame} plan @param {(frame: Frame) => void} take @returns {Promise<Computed | undefined>} */
  async #compute(plan, take) {
    try {
      return await compute(plan, {signal: this.#abort.signal, report: step => take({kind: "progress", step})})
    } catch (error) {
      if (this.#abort.signal.aborted) return undefined
      if (!(error instanceof Error)) throw error
      const [message, hint] = error instanceof BrowserError ? [error.message, error.hint] : [_("It failed in this browser: {message}", {message: error.message}), ""]
      take({kind: "problem", part: "run", target: "", problem: {message, hint, severity: "error"}})
      return undefined
    }
  }
}

/** What the compiler said, at lines of the target's source. @param {PlanFrame} plan @param {Computed["faults"]} faults */
function placed({kernels}, faults) {
  return faults.map(({kernel, message, line}) => {
    const first = kernels.find(({name}) => name === kernel)?.firstLine ?? 1
    return {message, line: line ? line + first - 1 : 0}
  })
}

/** An outcome in each language, with what was said of the launches before. @param {OutcomeFrame} outcome @param {PlanFrame["problems"]} remarks @returns {OutcomeFrame} */
function withRemarks(outcome, remarks) {
  /** @param {OutcomeFrame} told @param {Language} spoken */
  const joined = (told, spoken) => ({...told, problems: [...remarks[spoken], ...told.problems]})
  const {told} = outcome
  return {...joined(outcome, language()), told: told && {en: joined(told.en, "en"), zh: joined(told.zh, "zh")}}
}
