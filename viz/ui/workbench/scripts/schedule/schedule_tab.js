// The tab Schedule: the steps that stand below the program, each a stage; they are changed in the user's text itself.
import {asCode, button, element, find} from "../../../../render/web/elements.js"
import {choicesElement} from "./choices_view.js"
import {nestElement} from "./nest_view.js"
import {searchElement, searchForm} from "./search_view.js"
import {costsByStep} from "./step_costs.js"
import {added, addedAfter, removed, rewritten, swapped, switchedOff, switchedOn, withSchedule} from "./step_edits.js"
import {_} from "../language/words.js"

/** @import {ApiClient} from "../client.js" */
/** @import {Against, Catalog, ChoicesFrame, NestNode, Question, ScheduleRow, SearchFrame, Stage, StepCostsFrame, StepsFrame} from "../frames.d.ts" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {Span} from "../../../../render/web/packed.d.ts" */
/** @import {Dock} from "../layout/dock.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */

/**
 * What the tab works with: `apply` writes another text into the editor, `enter` goes to a stage.
 * @typedef {{client: Pick<ApiClient, "parts" | "cancel">, workspace: WorkspaceState, catalog: Catalog, tree: TreePane, dock: Dock,
 *   enter: (stage: Stage) => void, goTo: (span: Span) => void, apply: (text: string) => void, compare: (against: Partial<Against>) => void}} ScheduleContext
 */

/** What ran a step, in words. */
const BY = {
  llvm: () => _("LLVM"), interpreter: () => _("interpreter, threads all at once"), emulator: () => _("emulator"),
}

const VERDICTS = {right: "✓", same: "✓", wrong: "✗", unable: "–", unchecked: "–"}

export class ScheduleTab {
  #context
  #host
  #list = element("ol", "steps")
  #side = element("div", "step-nest")
  #form
  #status = element("p", "soft")
  #help = element("p", "method-help soft")
  /** @type {StepsFrame | undefined} */
  #frame
  #text = ""  // what the frame is of
  #asked = ""
  /** @type {ChoicesFrame | SearchFrame | undefined} */
  #aside  // what is shown in the place of the loops
  /** @type {StepCostsFrame | undefined} */
  #costs  // of the text that the frame is of
  #search
  #chosen = -1  // the row whose loops are shown; -1 for the program

  /** @param {HTMLElement} root @param {ScheduleContext} context */
  constructor(root, context) {
    this.#context = context
    this.#host = find(root, ".schedule-body")
    this.#status.setAttribute("role", "status")
    this.#form = this.#makeForm()
    this.#search = searchForm(context.catalog.tuning, (by, isTuned) => this.#find(by, isTuned), () => this.#context.client.cancel("search"))
    const steps = element("div", "schedule-steps", this.#status, this.#list, this.#form, this.#help, this.#search.form)
    this.#side.tabIndex = 0
    this.#side.setAttribute("role", "region")
    this.#side.setAttribute("aria-label", _("Loops and blocks after this step"))
    this.#host.replaceChildren(steps, this.#side)
  }

  get #isInSight() { return this.#context.dock.isOpen && this.#context.dock.shown === "schedule" }

  /** The tab comes in sight, or the program was read again. */
  update() {
    const {text} = this.#context.workspace.values
    if (this.#isInSight && text !== this.#asked) this.#ask("steps")
  }

  /** @param {"steps" | "offer" | "checked-steps" | "emulated-steps"} part */
  async #ask(part) {
    const {client, workspace} = this.#context
    const {text} = workspace.values
    this.#asked = text
    this.#aside = undefined
    await client.parts("steps", this.#question(part, part === "offer"), frame => {
      if (this.#asked !== text) return
      if (frame.kind === "progress" && part.endsWith("ed-steps")) this.#status.textContent = `${frame.step} …`
      if (frame.kind === "problem") this.#status.textContent = `${frame.problem.message} ${frame.problem.hint}`.trim()
      if (frame.kind !== "steps") return
      if (frame.offered) this.#context.apply(withSchedule(text, frame.offered))
      else this.#take(frame, text, part)
    })
  }

  /** Whether the editor still has this text: what comes of another one is too late. @param {string} text */
  #isOf(text) { return text === this.#context.workspace.values.text }

  /** Compare the program with itself under another schedule. @param {Partial<Against>} against */
  #compare(against) {
    const {target} = this.#question("steps", true).tree
    this.#context.compare({own: target, target, ...against})
  }

  /** Ask what the accesses cost after each step. */
  async #askCosts() {
    const {client, workspace} = this.#context
    const {text} = workspace.values
    if (text !== this.#text) return
    await client.parts("step-costs", this.#question("step-costs", true), frame => {
      if (!this.#isOf(text)) return
      if (frame.kind === "progress") this.#status.textContent = `${frame.step} …`
      if (frame.kind === "problem") this.#status.textContent = `${frame.problem.message} ${frame.problem.hint}`.trim()
      if (frame.kind !== "step-costs") return
      this.#costs = frame
      this.#status.textContent = frame.stages.length ? [_("Costs of the first {blocks} blocks of each kernel, once threads are bound; in brackets the change by the step.", {blocks: frame.blocks}), frame.problem].filter(Boolean).join(" ") : frame.problem
      this.#draw()
    })
  }

  /**
   * @param {"steps" | "offer" | "checked-steps" | "emulated-steps" | "step-costs" | "choices" | "search"} part
   * @param {boolean} onGpu whether the target must be one with threads
   * @returns {Question}
   */
  #question(part, onGpu) {
    const {workspace, tree, catalog} = this.#context
    const shown = tree.stages.target
    const isGpu = catalog.targets.some(({name, gpu}) => name === shown && gpu)
    return {
      workspace: {...workspace.values, stage: "input", unfolded: [], folded: []}, parts: [part], schedules: [], current: false, aside: true,
      tree: {stage: "input", target: onGpu && !isGpu ? "cuda" : shown || "cuda", before: null, unfolded: [], folded: [], types: false, whole: false, depth: 0, width: 520, height: 620}}
  }

  /** A node of the drawn tree is chosen: ask what a step can do with it. @param {Ref} ref */
  pointed(ref) {
    const {tree, workspace} = this.#context
    const {stage} = workspace.values
    const step = stage === "input" ? 0 : tree.stages.rows.find(row => row.number === stage && row.part === "schedule")?.number
    if (this.#isInSight && step !== undefined && ref.tree === tree.picture.tree) this.#inquire(step, ref.ids[0])
  }

  /** Ask what a step can do with a node of the tree after another step. @param {number} step @param {number} [node] */
  async #inquire(step, node) {
    const {client, workspace} = this.#context
    const {text} = workspace.values
    if (text !== this.#text || node === undefined) return
    await client.parts("choices", {...this.#question("choices", false), about: [step, node]}, frame => {
      if (!this.#isOf(text)) return
      if (frame.kind === "problem") this.#status.textContent = `${frame.problem.message} ${frame.problem.hint}`.trim()
      if (frame.kind === "choices") this.#showAside(frame)
    })
  }

  /** The stage after a row, or after the last one above it that was done. @param {number} at */
  #numberAt(at) {
    return this.#frame?.steps.slice(0, at + 1).findLast(({number, problem}) => number !== null && !problem)?.number ?? 0
  }

  /** Search for other schedules. @param {"time" | "cost"} by @param {boolean} tune */
  async #find(by, tune) {
    const {client, workspace} = this.#context
    const {text} = workspace.values
    this.#search.show(true)
    const outcome = await client.parts("search", {...this.#question("search", false), search: {by, count: 16, seed: 0, tune}}, frame => {
      if (!this.#isOf(text)) return
      if (frame.kind === "progress") this.#status.textContent = `${frame.step} …`
      if (frame.kind === "problem") this.#status.textContent = `${frame.problem.message} ${frame.problem.hint}`.trim()
      if (frame.kind !== "search") return
      this.#status.textContent = _("{count} schedules were measured.", {count: frame.candidates.filter(({steps}) => steps).length})
      this.#showAside(frame)
    })
    if (outcome === "aborted" && this.#isOf(text)) this.#status.textContent = _("The search was cancelled.")
    this.#search.show(false)
  }

  /** Show something in the place of the loops, or those again. @param {ChoicesFrame | SearchFrame} [frame] */
  #showAside(frame) {
    this.#aside = frame
    this.#drawNest()
    this.#side.scrollTop = 0
    this.#side.focus()
  }

  /** @param {StepsFrame} frame @param {string} text @param {"steps" | "offer" | "checked-steps" | "emulated-steps"} part */
  #take(frame, text, part) {
    this.#frame = frame
    if (text !== this.#text) this.#costs = undefined
    this.#text = text
    const failed = frame.steps.findIndex(({problem}) => problem)
    if (failed >= 0) this.#chosen = failed
    if (this.#chosen >= frame.steps.length || this.#chosen < 0) this.#chosen = frame.steps.length - 1
    const count = frame.steps.filter(({off}) => !off).length
    const checked = frame.steps.filter(({verdict}) => verdict)
    const wrong = checked.findIndex(({verdict}) => verdict?.[0] === "wrong")
    if (wrong >= 0) this.#chosen = frame.steps.indexOf(checked[wrong])
    this.#status.textContent = part === "offer" && !frame.offered ? _("Every function is bound to threads already: there is nothing left to schedule.")
      : checked.length ? wrong < 0 ? _("No step changes what {name} computes, as far as it could be run.", {name: frame.definition}) : _("Step {number} changes what {name} computes.", {number: this.#chosen + 1, name: frame.definition})
      : count ? _("The schedule of {name}, step by step. It stands below the program in your text.", {name: frame.definition})
        : _("{name} has no schedule. Steps change its loops before the passes run.", {name: frame.definition})
    this.#draw()
  }

  #draw() {
    const frame = this.#frame
    if (!frame) return
    const costs = this.#costs && costsByStep(this.#costs, frame.steps.flatMap(({number}) => number ?? []))
    this.#list.replaceChildren(...frame.steps.map((row, i) => this.#row(row, i, costs?.words.get(row.number ?? -1) ?? "")))
    if (costs?.final) this.#list.append(element("li", "after-passes", element("p", "step-cost soft", `${_("After all passes")} · ${costs.final}`)))
    this.#list.children[this.#chosen]?.scrollIntoView({block: "nearest"})
    this.#drawNest()
  }

  #drawNest() {
    const frame = this.#frame
    if (!frame) return
    const aside = this.#aside
    if (aside) {
      const close = () => this.#showAside()
      this.#side.replaceChildren(aside.kind === "search"
        ? searchElement(aside, ({steps}) => this.#context.apply(withSchedule(this.#context.workspace.values.text, steps)), ({steps}) => this.#compare({steps}), close)
        : choicesElement(aside, lines => this.#takeOver(aside.step, lines), close))
      return
    }
    const row = frame.steps[this.#chosen]
    const title = row ? _("After step {number}", {number: this.#chosen + 1}) : _("The program as it is written")
    const words = row ? [element("p", "soft", row.words)] : []
    this.#side.replaceChildren(element("h3", "", title), ...words, nestElement(this.#nestAt(this.#chosen).nest, row?.nest.length ? this.#nestAt(this.#chosen - 1).nest : [], this.#nestAt(this.#chosen).leftOut, ({node}) => this.#inquire(this.#numberAt(this.#chosen), node)))
  }

  /** The loops after a row: those of the last one above it that changed them. @param {number} at @returns {{nest: NestNode[], leftOut: number}} */
  #nestAt(at) {
    const rows = this.#frame?.steps.slice(0, at + 1) ?? []
    return rows.findLast(({nest}) => nest.length) ?? this.#frame ?? {nest: [], leftOut: 0}
  }

  /** @param {ScheduleRow} row @param {number} i @param {string} cost */
  #row(row, i, cost) {
    const isHere = i === this.#chosen
    const [verdict, why, by] = row.verdict ?? []
    const sign = row.problem ? "✗" : verdict ? VERDICTS[verdict] : row.nest.length ? "●" : "○"
    const isOn = element("input")
    isOn.type = "checkbox"
    isOn.checked = !row.off
    isOn.setAttribute("aria-label", _("Step {number} is on", {number: i + 1}))
    isOn.addEventListener("change", () => this.#edit(text => row.off ? switchedOn(text, row) : switchedOff(text, row, this.#frame?.steps ?? [])))
    const words = asCode(button("step-text", row.text, () => this.#choose(i)))
    words.setAttribute("aria-pressed", String(isHere))
    const tools = element("span", "tools",
      this.#tool("↑", _("Move step {number} up", {number: i + 1}), i > 0, () => this.#swap(i - 1)),
      this.#tool("↓", _("Move step {number} down", {number: i + 1}), i + 1 < (this.#frame?.steps.length ?? 0), () => this.#swap(i)),
      this.#tool("✎", _("Change step {number}", {number: i + 1}), true, () => this.#change(i)),
      this.#tool("✕", _("Take step {number} away", {number: i + 1}), true, () => this.#edit(text => removed(text, row, this.#frame?.steps ?? []))))
    const ran = verdict && by ? [element("span", "by soft", BY[by]())] : []
    const said = row.problem ? [element("p", "problem error", row.problem.message, " ", row.problem.hint)] : why ? [element("p", `problem ${verdict === "wrong" ? "error" : "soft"}`, why)] : []
    if (cost) said.push(element("p", "problem step-cost", cost))
    return element("li", `${row.off ? "off" : ""}${isHere ? " here" : ""}${row.number === null && !row.off ? " undone" : ""}`,
      element("span", "sign", sign), isOn, words, ...ran, tools, ...said)
  }

  /** @param {string} sign @param {string} words @param {boolean} isPossible @param {() => void} act */
  #tool(sign, words, isPossible, act) {
    const made = button("tool", sign, act, words)
    made.title = words
    made.disabled = !isPossible
    return made
  }

  /** @param {number} i */
  #choose(i) {
    this.#chosen = i
    this.#aside = undefined
    this.#draw()
    const {enter, goTo, tree, workspace} = this.#context
    const row = this.#frame?.steps[i]
    if (!row || this.#text !== workspace.values.text) return
    const stop = tree.stages.rows.find(({number, part}) => number === row.number && part === "schedule")
    if (stop) enter(stop.number)
    goTo(row.span)
    const buttons = this.#list.querySelectorAll(".step-text")
    if (buttons[i] instanceof HTMLElement) buttons[i].focus()
  }

  /** Write a step that was offered into the text, below the one that it was offered after. @param {number} number @param {string[]} lines */
  #takeOver(number, lines) {
    const frame = this.#frame
    if (!frame) return
    const at = frame.steps.findIndex(row => row.number === number)
    this.#chosen = at + lines.length
    this.#edit(text => addedAfter(text, frame, number, lines))
  }

  /** @param {number} upper */
  #swap(upper) {
    const steps = this.#frame?.steps ?? []
    this.#chosen = upper
    this.#edit(text => swapped(text, steps[upper], steps[upper + 1]))
  }

  /** Change the text, unless it is another one than what is shown. @param {(text: string) => string} change */
  #edit(change) {
    const {workspace, apply} = this.#context
    if (this.#text === workspace.values.text) apply(change(this.#text))
  }

  /** Let the user write another step in the place of one. @param {number} i */
  #change(i) {
    const row = this.#frame?.steps[i]
    const place = this.#list.children[i]?.querySelector(".step-text")
    if (!row || !place) return
    const field = element("input", "step-text")
    field.value = row.text
    field.setAttribute("aria-label", _("Step {number}", {number: i + 1}))
    field.setAttribute("list", "schedule-methods")
    const end = () => { if (field.isConnected) this.#draw() }
    field.addEventListener("keydown", event => {
      if (event.key === "Escape") end()
      if (event.key !== "Enter" || !field.value.trim()) return
      this.#chosen = i
      if (field.value === row.text) end()
      else this.#edit(text => rewritten(text, row, field.value))
    })
    field.addEventListener("blur", end)
    place.replaceWith(field)
    field.focus()
  }

  #makeForm() {
    const {catalog} = this.#context
    const field = element("input")
    field.placeholder = "i0, i1 = sch.split(i, factors=[None, 16])"
    field.setAttribute("aria-label", _("A step to add"))
    field.setAttribute("list", "schedule-methods")
    field.spellcheck = false
    field.addEventListener("input", () => {
      const method = /\.([a-z_]+)/.exec(field.value)?.[1]
      this.#help.textContent = catalog.methods.find(({name}) => name === method)?.words ?? ""
    })
    const known = element("datalist", "", ...catalog.methods.map(({example}) => {
      const option = element("option")
      option.value = example
      return option
    }))
    known.id = "schedule-methods"
    const emulated = element("input")
    emulated.type = "checkbox"
    const form = element("form", "add-step", field, element("button", "", _("Add")),
      button("offer", _("Write the default schedule down"), () => this.#ask("offer")),
      button("check-steps", _("Check the steps"), () => this.#ask(emulated.checked ? "emulated-steps" : "checked-steps")),
      element("label", "emulate-steps", emulated, _("in the emulator, too")),
      button("cost-steps", _("Cost of each step"), () => this.#askCosts()),
      button("compare-steps", _("Compare with no schedule"), () => this.#compare({scheduled: false})), known)
    form.addEventListener("submit", event => {
      event.preventDefault()
      const frame = this.#frame
      if (!field.value.trim() || !frame) return
      this.#chosen = frame.steps.length
      this.#edit(text => added(text, frame, field.value))
      field.value = ""
      this.#help.textContent = ""
    })
    return form
  }
}
