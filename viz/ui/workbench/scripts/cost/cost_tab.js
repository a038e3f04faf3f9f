// The tab Cost of the dock: measure what each access costs, show it beside the measurement before, and since which stage it is so.
import {button, element, find} from "../../../../render/web/elements.js"
import {CostAdviceView} from "./advice.js"
import {CostSettings} from "./cost_settings.js"
import {KernelView} from "./kernels/kernel_view.js"
import {matched, totalWords} from "./matching.js"
import {MeasurementFrames} from "./measurement.js"
import {rulesElement} from "./rules.js"
import {SiteDetails} from "./site_details.js"
import {TARGET, lineAt, sitesAt} from "./site_links.js"
import {ordered} from "./site_order.js"
import {_, language, marked} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Span} from "../../../../render/web/packed.d.ts" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {ApiClient} from "../client.js" */
/** @import {Catalog, Frame, Outcome, Problem, Stage, Theme} from "../frames.d.ts" */
/** @import {ExplainTab} from "../explain/explain_tab.js" */
/** @import {Dock} from "../layout/dock.js" */
/** @import {RunTab} from "../run/run_tab.js" */
/** @import {ShownTargets} from "../sources/shown_targets.js" */
/** @import {SourcePane} from "../sources/source_pane.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {AccessSite, CausesFrame, CostQuestion, Placed} from "./cost_frames.d.ts" */
/** @import {FoundAdvice} from "./advice.js" */
/** @import {Measurement} from "./measurement.js" */

/**
 * What the tab works with: `pin` pins nodes everywhere, `goTo` goes to a place in the
 * user's text; `settleText` asks for the analysis of a text that was typed just now; `apply` writes
 * another text into the editor.
 * @typedef {{client: ApiClient, workspace: WorkspaceState, catalog: Catalog, dock: Dock, run: RunTab, sources: SourcePane, targets: ShownTargets,
 *   model: () => LinkModel | undefined, explain: ExplainTab,
 *   pin: (ref: Ref) => void, goTo: (span: Span) => void, settleText: () => void,
 *   apply: (text: string) => void, tokenLost: () => void, theme: () => Theme}} CostContext
 */

/** What stays of the tab when the page changes its language. @typedef {{settings: CostSettings, now?: Measurement, before?: Measurement, advice?: FoundAdvice, isRunning: boolean}} CarriedCost */

/** @type {Partial<Record<Outcome, string>>} */
const ENDINGS = {aborted: marked("Cancelled."), lost: marked("The server does not answer."), token: marked("The session is over.")}

export class CostTab {
  #context
  #host
  #settings
  #bar = element("div", "cost-bar")
  #start
  #cancel
  #status = element("span", "soft")
  #controls = element("span", "cost-settings")
  #remarks = element("div", "cost-remarks")
  #kernels = element("div", "kernels")
  #details
  #advice
  /** @type {KernelView[]} */
  #views = []
  /** @type {Map<AccessSite, AccessSite>} */
  #matches = new Map()
  /** @type {Measurement | undefined} */
  #now
  /** @type {Measurement | undefined} */
  #before  // the last one of another text, or of another size
  /** @type {AccessSite | undefined} */
  #chosen
  /** @type {Placed | undefined} */
  #wanted  // what is to be pinned once its tree is there
  /** @type {AccessSite[]} */
  #lit = []
  /** @type {MeasurementFrames | undefined} */
  #running
  #isWanted = false  // whether a measurement waits for the analysis

  /** @param {HTMLElement} root @param {CostContext} context @param {CarriedCost} [carried] */
  constructor(root, context, carried) {
    this.#context = context
    this.#host = find(root, ".cost-body")
    this.#settings = carried?.settings ?? new CostSettings()
    this.#start = button("measure", _("Measure"), () => this.measure())
    this.#cancel = button("cancel-measure", _("Cancel"), () => this.#giveUp())
    this.#cancel.hidden = true
    this.#status.setAttribute("role", "status")
    this.#controls.append(...this.#settings.controls(context.catalog.cost, () => this.#drawState()))
    this.#bar.append(this.#start, this.#cancel, this.#controls, this.#status)
    this.#advice = new CostAdviceView({
      client: context.client, subject: () => this.#subject, question: () => this.#question, tokenLost: context.tokenLost, apply: text => this.#apply(text)}, carried?.advice)
    this.#details = new SiteDetails({theme: context.theme, enter: (stage, node) => this.#enter(stage, node), adviceFor: chosen => this.#advice.adviceFor(chosen)})
    const figures = element("div", "cost-figures", this.#remarks, this.#kernels, rulesElement(context.catalog.cost))
    figures.tabIndex = 0
    figures.setAttribute("role", "region")
    figures.setAttribute("aria-label", _("What each access costs"))
    this.#host.replaceChildren(this.#bar, element("div", "cost-room", figures, this.#details.element))
    if (carried?.now) {
      this.#now = carried.now
      this.#before = carried.before
      this.#draw()
    } else this.#remarks.replaceChildren(element("p", "soft", _("Press Measure: the kernels run on the CPU, and every access of every warp is counted.")))
    this.#isWanted = carried?.isRunning ?? false
  }

  /** What the tab in another language begins with; this one is given up. @returns {CarriedCost} */
  handOver() {
    const isRunning = this.#running !== undefined || this.#isWanted
    this.#giveUp()
    return {settings: this.#settings, now: this.#now, before: this.#before, advice: this.#advice.found, isRunning}
  }

  get #isInSight() { return this.#context.dock.isOpen && this.#context.dock.shown === "cost" }

  // ---------------------------------------------------------------- what it is told

  /** The tab comes in sight, or the program was read again. */
  update() {
    if (this.#isWanted && this.#context.run.isOfText) this.#ask()
    this.#drawState()
    if (this.#wanted) this.#pin(this.#wanted)
  }

  /** The text is another one. */
  edited() { this.#drawState() }

  /** @param {Theme} theme */
  setTheme(theme) { this.#details.setTheme(theme) }

  /** Something is pointed at: its accesses are lit, and one that is pinned is chosen. @param {Ref | null} ref @param {boolean} isPinned */
  show(ref, isPinned) {
    if (!this.#now || !this.#isInSight || !this.#isOfText) return
    this.#lit = sitesAt(this.#context.model(), ref, this.#sites)
    if (isPinned && this.#lit.length && !(this.#chosen && this.#lit.includes(this.#chosen))) {
      this.#open(this.#lit[0])
      for (const {table} of this.#views) table?.reveal(this.#lit[0])
    } else this.#mark()
  }

  // ---------------------------------------------------------------- a measurement

  /** Measure the program of now, once it was analysed. */
  measure() {
    const {run, settleText} = this.#context
    this.#isWanted = true
    if (run.isOfText) this.#ask()
    else settleText()
  }

  /** Write an edited text into the editor, and measure it. @param {string} text */
  #apply(text) {
    this.#context.apply(text)
    this.measure()
  }

  #giveUp() {
    this.#isWanted = false
    this.#context.client.cancel("cost")
  }

  async #ask() {
    const {client, tokenLost} = this.#context
    this.#isWanted = false
    const subject = this.#subject, scale = this.#scale, {workspace, run} = this.#question
    // To compare outputs all blocks would have to run, which a budget is there to save.
    const question = {workspace, run: this.#settings.budget ? {...run, reference: ""} : run}
    const running = this.#running = new MeasurementFrames({text: question.workspace.text, subject, scale})
    this.#cancel.hidden = false
    this.#say(_("running …"))
    /** @type {Problem | undefined} */
    let problem
    const ending = await client.cost(question, frame => {
      if (this.#running !== running) return
      if (frame.kind === "problem" && frame.part === "run") problem = frame.problem
      this.#take(frame, running)
    })
    if (this.#running !== running) return
    this.#running = undefined
    this.#cancel.hidden = true
    const words = ENDINGS[ending]
    this.#say(words ? _(words) : problem ? _("It was not measured") : this.#now?.cost.told[language()].verdict ?? "")
    if (problem) this.#fail(problem)
    if (this.#chosen) this.#details.explain(this.#causes)
    this.#drawState()
    if (ending === "token") tokenLost()
  }

  /** @param {Frame} frame @param {MeasurementFrames} running */
  #take(frame, running) {
    if (frame.kind === "queued") this.#say(_("number {position} in the queue …", {position: frame.position}))
    else if (frame.kind === "progress") this.#say(`${frame.step} …`)
    else if (frame.kind === "cost" || frame.kind === "causes") {
      const known = running.take(frame)
      if (known && known !== this.#now) this.#measured(known)
      else if (known && this.#chosen) this.#details.explain(known.causes)
    }
  }

  /** @param {Measurement} now */
  #measured(now) {
    if (this.#now && this.#now.text !== now.text) this.#before = this.#now
    this.#now = now
    this.#draw()
  }

  /** @param {Problem} problem */
  #fail({message, hint, severity}) {
    this.#remarks.prepend(element("p", `problem ${severity}`, element("b", "", message), " ", hint))
  }

  // ---------------------------------------------------------------- what is shown

  /** The kernels that were measured last, if that was of the text of now. */
  get measured() { return this.#isOfText ? this.#now?.cost.kernels ?? [] : [] }

  /** @returns {AccessSite[]} */
  get #sites() { return this.#now?.cost.kernels.flatMap(({sites}) => sites) ?? [] }

  /** @returns {CausesFrame | "asked" | undefined} */
  get #causes() { return this.#now?.causes ?? (this.#running?.awaitsCauses ? "asked" : undefined) }

  #draw() {
    const {cost} = this.#now ?? {}
    if (!cost) return
    const chosen = this.#chosen
    // What was measured at other sizes is another thing.
    const before = this.#before?.scale === this.#now?.scale ? this.#before?.cost.kernels : undefined
    this.#matches = before ? matched(before, cost.kernels) : new Map()
    const changed = before ? totalWords(before, cost.kernels) : ""
    this.#remarks.replaceChildren(
      ...changed ? [element("p", "changed", changed)] : [],
      ...cost.told[language()].problems.map(({message, hint, severity}) => element("p", `problem ${severity}`, element("b", "", message), " ", hint)),
      ...cost.kernels.length ? [] : [element("p", "soft", _("No kernel ran."))])
    this.#views = cost.kernels.map(kernel => new KernelView(kernel, this.#matches, this.#context.catalog.cost, {
      choose: site => this.#choose(site), goTo: site => site.own && this.#context.goTo(site.own),
      branch: {light: branch => this.#isOfText && this.#pin(branch), goTo: branch => branch.own && this.#context.goTo(branch.own)}}))
    this.#kernels.replaceChildren(...this.#views.map(view => view.element))
    const again = chosen && [...this.#matches].find(([, earlier]) => earlier === chosen)?.[0]
    const first = again ?? ordered(this.#sites, "worst")[0]
    if (first) this.#open(first)
    else {
      this.#chosen = undefined
      this.#details.forget()
    }
    this.#drawState()
  }

  /** Whether what is shown is of the text of now. */
  get #isOfText() { return this.#now?.text === this.#context.workspace.values.text }

  #drawState() {
    const isPast = Boolean(this.#now) && this.#now?.subject !== this.#subject
    this.#host.classList.toggle("past", isPast)
    if (this.#running || !this.#now) return
    this.#say(isPast ? _("Measured before the last change.") : this.#now.cost.told[language()].verdict)
  }

  #mark() { for (const {table} of this.#views) table?.mark(this.#chosen, this.#lit) }

  /** Show an access below, without a change in the panes. @param {AccessSite} site */
  #open(site) {
    const kernel = this.#now?.cost.kernels.find(({sites}) => sites.includes(site))
    if (!this.#now || !kernel) return
    this.#chosen = site
    this.#details.show({site, kernel, before: this.#matches.get(site), text: this.#now.text}, this.#causes)
    this.#mark()
  }

  /** Choose an access: it lights in all panes. @param {AccessSite} site */
  #choose(site) {
    if (this.#chosen !== site) this.#open(site)
    if (this.#isOfText) this.#pin(site)
  }

  /** Pin an access or a branch; where its text is not shown yet, that comes first. @param {Placed} site */
  #pin(site) {
    const {model, sources, targets, pin, goTo} = this.#context
    const derived = model()?.derived.get(TARGET)
    this.#wanted = undefined
    if (!sources.slot(TARGET)) {
      this.#wanted = site
      targets.goToLine(TARGET, 0)
    } else if (site.node !== null && derived?.tree.get(site.node)) pin({tree: TARGET, ids: [site.node]})
    else if (derived?.texts[0]) {
      if (site.own) goTo(site.own)
      targets.goToLine(TARGET, lineAt(derived.texts[0].text ?? "", (site.call ?? site.span)[0]))
    } else this.#wanted = site
  }

  /** Go to a stage of the kernels, and to a node there. @param {Stage} stage @param {number | null} node */
  #enter(stage, node) {
    this.#context.targets.focus(TARGET)
    this.#context.explain.enter(stage, node)
  }

  /** @param {string} words */
  #say(words) { this.#status.textContent = words }

  /** What a measurement is about, to know whether it still holds. */
  get #subject() {
    const {text, definition, arguments: values, options} = this.#context.workspace.values
    return JSON.stringify([text, definition, values, options, this.#scale, this.#settings.options])
  }

  /** @returns {CostQuestion} */
  get #question() {
    const {workspace, run} = this.#context
    const part = {...run.part, device: "cuda-emulated", checked: false, timed: false, pictures: false, keep: false, cost: this.#settings.options}
    return {workspace: {...workspace.values, function: run.functionName}, run: part}
  }

  /** The function and its sizes: what can be compared has the same ones. */
  get #scale() {
    const {functionName, part} = this.#context.run
    return JSON.stringify([functionName, part.sizes])
  }
}
