// What runs, and where it is to stop: breakpoints, a condition, one thread.
import {button, element} from "../../../../../render/web/elements.js"
import {ConditionError, conditionOf} from "./condition.js"
import {_, plural, sentences} from "../../language/words.js"

/** @import {RecordingFrame} from "../../frames.d.ts" */

/**
 * A breakpoint: a statement by its node and its name, or a line of the user's text.
 * @typedef {{node?: number, title?: string, line?: number}} Breakpoint
 */

/**
 * What the form calls; `pinned` gives the statement that is pinned in a pane, `goToThread` goes to a thread by its indices.
 * @typedef {{begin: () => void, cancel: () => void, next: (by: 1 | -1) => void, changed: () => void,
 *   pinned: () => {node: number, title: string} | undefined, goToThread: (indices: number[]) => void}} RunFormActions
 */

export class RunForm {
  #actions
  /** @type {Breakpoint[]} */
  #breakpoints = []
  /** @type {RecordingFrame | undefined} */
  #frame
  #where = ""
  #begin
  #cancel
  #told = element("p", "told")
  #about = element("p", "soft")
  #list = element("ul", "breakpoints")
  #atPinned
  #line = element("input")
  #condition = element("input")
  #wrong = element("span", "wrong")
  #oneThread = element("input")
  #threadRow
  #indices = element("div", "row indices")

  /** @param {RunFormActions} actions */
  constructor(actions) {
    this.#actions = actions
    this.#begin = button("begin", _("Run step by step"), () => actions.begin())
    this.#cancel = button("", _("Cancel"), () => actions.cancel())
    this.#cancel.hidden = true
    this.#told.setAttribute("role", "status")
    this.#atPinned = button("act", "", () => this.#addPinned())
    this.#line.type = "number"
    this.#line.min = "1"
    this.#line.addEventListener("keydown", event => { if (event.key === "Enter") this.#addLine() })
    this.#condition.spellcheck = false
    this.#condition.placeholder = "i == 3 && A[0] > 1"
    this.#condition.setAttribute("aria-label", _("Condition to stop at"))
    this.#condition.addEventListener("change", () => actions.changed())
    this.#condition.addEventListener("input", () => this.#drawCondition())
    this.#oneThread.type = "checkbox"
    this.#oneThread.addEventListener("change", () => actions.changed())
    this.#threadRow = element("label", "tick", this.#oneThread, " ", _("Only steps of this thread"))
    this.host = element("div", "step-form",
      element("div", "row", this.#begin, this.#cancel), this.#told, this.#about,
      element("div", "row", button("", _("◀ break"), () => actions.next(-1), _("Back to the breakpoint before (Shift+B)")),
        button("", _("break ▶"), () => actions.next(1), _("On to the next breakpoint (b)"))),
      this.#list,
      element("div", "row", element("label", "", _("Break at line"), " ", this.#line), button("", _("Add"), () => this.#addLine())),
      this.#atPinned,
      element("label", "row", _("when"), " ", this.#condition), this.#wrong, this.#indices, this.#threadRow)
    this.draw()
  }

  // ---------------------------------------------------------------- what was chosen

  get breakpoints() { return this.#breakpoints }

  get isOneThread() { return this.#oneThread.checked && !this.#threadRow.hidden }

  /** What has to hold at a stop; undefined without a condition, or where it cannot be read. */
  get condition() {
    const text = this.#condition.value.trim()
    try {
      return text ? conditionOf(text) : undefined
    } catch {
      return undefined
    }
  }

  /** The choices for a link, each in a word; the condition, which can be several, is the last. @returns {string[]} */
  get look() {
    const lines = this.#breakpoints.flatMap(({line, node}) => line ? [`l${line}`] : [`n${node}`])
    const condition = this.#condition.value.trim()
    return [...lines, ...this.isOneThread ? ["one"] : [], ...condition ? [`if=${condition}`] : []]
  }

  /** @param {string} words those of the link */
  restore(words) {
    const [before, ...condition] = words.split("if=")
    const look = before.split(" ")
    this.#breakpoints = look.flatMap(word => {
      const match = /^([ln])(\d+)$/.exec(word)
      return match ? [match[1] === "l" ? {line: Number(match[2])} : {node: Number(match[2]), title: ""}] : []
    })
    this.#condition.value = condition.join("if=")
    this.#oneThread.checked = look.includes("one")
    this.draw()
  }

  // ---------------------------------------------------------------- the run

  /** @param {RecordingFrame} frame @param {string} where the stage in words */
  load(frame, where) {
    this.#frame = frame
    this.#where = where
    this.draw()
  }

  /** Show the indices of the thread of now. @param {number[]} indices */
  showThread(indices) {
    const tags = this.#frame?.tags ?? []
    if (this.#indices.children.length !== tags.length) {
      this.#indices.replaceChildren(...tags.map(tag => {
        const field = element("input")
        field.type = "number"
        field.min = "0"
        field.addEventListener("change", () => {
          const fields = [...this.#indices.querySelectorAll("input")]
          this.#actions.goToThread(fields.map(({value}) => value === "" ? -1 : Math.round(Number(value))))
        })
        return element("label", "", tag, " ", field)
      }))
    }
    this.#indices.hidden = !tags.length
    this.#indices.querySelectorAll("input").forEach((field, i) => { field.value = indices[i] >= 0 ? String(indices[i]) : "" })
  }

  forget() {
    this.#frame = undefined
    this.tell("")
    this.draw()
  }

  /** @param {boolean} isRunning */
  set isRunning(isRunning) { this.#cancel.hidden = !isRunning }

  /** @param {string} words @param {boolean} [isProblem] */
  tell(words, isProblem = false) {
    this.#told.textContent = words
    this.#told.hidden = !words
    this.#told.classList.toggle("error", isProblem)
  }

  // ---------------------------------------------------------------- breakpoints

  #addLine() {
    const line = Math.round(Number(this.#line.value))
    if (line > 0 && !this.#breakpoints.some(other => other.line === line)) this.#breakpoints.push({line})
    this.#line.value = ""
    this.#actions.changed()
  }

  #addPinned() {
    const pinned = this.#actions.pinned()
    if (pinned && !this.#breakpoints.some(({node}) => node === pinned.node)) this.#breakpoints.push(pinned)
    this.#actions.changed()
  }

  draw() {
    const pinned = this.#frame && this.#actions.pinned()
    this.#atPinned.hidden = !pinned
    this.#atPinned.textContent = pinned ? _("Break at {title}", {title: pinned.title}) : ""
    this.#list.replaceChildren(...this.#breakpoints.map(point => {
      const words = point.line ? _("line {line}", {line: String(point.line)}) : point.title || _("node {node}", {node: String(point.node)})
      return element("li", "", element("span", "", "● ", words), button("", "×", () => {
        this.#breakpoints = this.#breakpoints.filter(other => other !== point)
        this.#actions.changed()
      }, _("Remove the breakpoint at {place}", {place: words})))
    }))
    this.#list.hidden = !this.#breakpoints.length
    this.#threadRow.hidden = !this.#frame?.tags.length
    this.#about.textContent = this.#frame ? aboutRun(this.#frame, this.#where) : ""
    this.#begin.textContent = this.#frame ? _("Run again") : _("Run step by step")
    this.#drawCondition()
  }

  #drawCondition() {
    try {
      if (this.#condition.value.trim()) conditionOf(this.#condition.value)
      this.#wrong.textContent = ""
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error
      this.#wrong.textContent = _("not understood from character {at} on", {at: error.at + 1})
    }
    this.#wrong.hidden = !this.#wrong.textContent
    this.#condition.setAttribute("aria-invalid", String(!this.#wrong.hidden))
  }
}

/** @param {RecordingFrame} frame @param {string} where */
function aboutRun({function: name, steps, total, stopped}, where) {
  const kept = plural("1 step of {name}, {where}.", "{count} steps of {name}, {where}.", steps, {name, where})
  const why = stopped === "seconds" ? _("The run was ended after 10 seconds; at most 1,000,000 steps are kept.")
    : stopped === "steps" ? _("{total} were made; at most 1,000,000 are kept.", {total}) : ""
  return sentences(kept, why)
}
