// Run the program after every pass: a verdict on each stop of the rail, and a menu that says what is wrong.
import {button, element, find} from "../../../../render/web/elements.js"
import {_, marked, plural} from "../language/words.js"

/** @import {ApiClient} from "../client.js" */
/** @import {Frame, PlacedStatement, Outcome, Problem, Question, Stage, Verdict, VerificationFrame, WrongStage} from "../frames.d.ts" */
/** @import {Span} from "../../../../render/web/packed.d.ts" */
/** @import {Rail} from "./rail.js" */

/**
 * What it works with: `question` is that of the drawing in sight, undefined before an analysis; `enter` goes to a stage and to a
 * node there, `goTo` to a place in the user's text; `changed` is called when a link would hold something else.
 * @typedef {{client: Pick<ApiClient, "parts" | "cancel">, rail: Rail, question: () => Question | undefined,
 *   enter: (stage: Stage, node: number | null) => void, goTo: (span: Span) => void, tokenLost: () => void, changed: () => void}} ChecksContext
 */

/** The sign and the words of each verdict. @type {Record<Verdict, [sign: string, words: string]>} */
export const VERDICTS = {
  right: ["✓", marked("still right")],
  same: ["✓", marked("still right: the same program")],
  wrong: ["✗", marked("the first wrong one")],
  unable: ["–", marked("cannot be run")],
  unchecked: ["", marked("not run, since one before it is wrong")],
}

/** @type {Verdict[]} */
const LEGEND = ["right", "wrong", "unable"]
const CHEAP = 3000  // milliseconds: what took less is done again after an edit

/** @type {Partial<Record<Outcome, string>>} */
const ENDINGS = {aborted: marked("Cancelled."), lost: marked("The server does not answer."), token: marked("The session is over.")}

export class PassChecks {
  #context
  #menu
  #summary
  #popover
  #isWanted = false  // also of the next text
  /** @type {object | undefined} */
  #running
  #subject = ""  // what the verdicts are about
  /** @type {VerificationFrame | undefined} */
  #found
  #took = 0

  /** @param {HTMLElement} host the rail @param {ChecksContext} context */
  constructor(host, context) {
    this.#context = context
    this.#menu = find(host, ".checks", HTMLDetailsElement)
    this.#summary = find(this.#menu, "summary")
    this.#popover = find(this.#menu, ".popover")
    this.#menu.addEventListener("toggle", () => { if (this.#menu.open && !this.#running && !this.#found) this.start() })
    this.#idle()
  }

  /** Whether the passes are to be checked, for a link. */
  get look() { return this.#isWanted ? "1" : "" }

  /** @param {string} look */
  restore(look) { this.#isWanted = look !== "" }

  /** Check, and say how it goes. */
  open() {
    this.#menu.open = true
    this.#summary.focus()
  }

  // ---------------------------------------------------------------- asking

  /** A text was analysed, or another target is looked at: what is known may be of another one. */
  settled() {
    const question = this.#question
    if (!question || subjectOf(question) === this.#subject) return
    this.#forget()
    if (this.#isWanted && this.#took < CHEAP) this.start()
  }

  /** The text is another one, and not analysed yet. */
  edited() {
    if (this.#running) this.#context.client.cancel("verify")
    this.#forget()
  }

  /** @returns {Question | undefined} */
  get #question() {
    const asked = this.#context.question()
    if (!asked?.tree.target) return undefined
    const folds = {unfolded: [], folded: []}
    return {
      workspace: {...asked.workspace, ...folds, stage: "input"}, parts: ["verify"], schedules: [], current: false,
      tree: {...asked.tree, ...folds, whole: false, stage: "input", before: null}}
  }

  async start() {
    const question = this.#question
    if (!question) return
    this.#forget()
    this.#isWanted = true
    this.#context.changed()
    const running = this.#running = {}
    this.#subject = subjectOf(question)
    const began = performance.now()
    this.#tell(_("running …"), true)
    const ending = await this.#context.client.parts("verify", question, frame => { if (this.#running === running) this.#take(frame) })
    if (this.#running !== running) return
    this.#running = undefined
    this.#took = performance.now() - began
    const words = ENDINGS[ending]
    if (words && !this.#found) {
      this.#subject = ""
      this.#idle(_(words))
    }
    if (ending === "token") this.#context.tokenLost()
  }

  /** @param {Frame} frame */
  #take(frame) {
    if (frame.kind === "queued") this.#tell(_("number {position} in the queue …", {position: frame.position}), true)
    else if (frame.kind === "progress") this.#tell(`${frame.step} …`, true)
    else if (frame.kind === "problem") this.#fail(frame.problem)
    else if (frame.kind === "verification") this.#show(frame)
  }

  #forget() {
    this.#running = undefined
    this.#found = undefined
    this.#subject = ""
    this.#context.rail.setVerdicts(new Map())
    this.#idle()
  }

  // ---------------------------------------------------------------- what is shown

  /** @param {string} [words] */
  #idle(words = "") {
    this.#menu.className = "menu checks"
    this.#summary.textContent = _("Check passes")
    this.#summary.title = _("Run the program after every pass and compare its outputs (v)")
    this.#popover.replaceChildren(...words ? [element("p", "", words)] : [], this.#again(_("Check every pass")))
  }

  /** @param {string} words */
  #again(words) { return button("check-passes", words, () => this.start()) }

  /** @param {string} words @param {boolean} isRunning */
  #tell(words, isRunning) {
    this.#menu.className = "menu checks running"
    this.#summary.textContent = _("checking …")
    const status = element("p", "", words)
    status.setAttribute("role", "status")
    this.#popover.replaceChildren(status, ...isRunning ? [button("cancel-checks", _("Cancel"), () => this.#context.client.cancel("verify"))] : [])
  }

  /** @param {Problem} problem */
  #fail(problem) {
    this.#found = undefined
    this.#menu.className = "menu checks"
    this.#summary.textContent = _("cannot check")
    this.#popover.replaceChildren(element("p", "problem error", element("b", "", problem.message), " ", element("span", "", problem.hint)))
  }

  /** @param {VerificationFrame} found */
  #show(found) {
    this.#found = found
    const verdicts = new Map(found.stages.map(([stage, verdict, why]) => [stage, {verdict, why}]))
    this.#context.rail.setVerdicts(verdicts)
    const right = found.stages.filter(([, verdict]) => verdict === "right" || verdict === "same").length
    const unable = found.stages.filter(([, verdict]) => verdict === "unable").length
    const state = found.wrong ? "bad" : right > 1 ? "good" : ""
    this.#menu.className = `menu checks ${state}`
    this.#summary.textContent = found.wrong ? _("✗ a pass is wrong") : right > 1 ? _("✓ {count} right", {count: right}) : _("– none could be run")
    if (found.wrong?.stage === "input") this.#summary.textContent = _("✗ your program is wrong")
    const counts = element("p", "", plural("1 stage computes what your program does.", "{count} stages compute what your program does.", right),
      ...unable ? [" ", plural("1 could not be run; its stop says why.", "{count} could not be run; their stops say why.", unable)] : [],
      ...found.reference ? [" ", _("Your program was compared with {reference}.", {reference: found.reference})] : [])
    counts.setAttribute("role", "status")
    this.#popover.replaceChildren(
      ...found.wrong ? [this.#wrong(found.wrong)] : [], counts,
      ...found.problems.map(({message, hint}) => element("p", "soft", message, " ", hint)),
      legend(), this.#again(_("Check again")))
  }

  /** @param {WrongStage} wrong */
  #wrong({stage, words, store, isGone, stops}) {
    const {rail, enter, goTo} = this.#context
    const name = rail.titleOf(stage)
    const door = button("act", name, () => enter(stage, null))
    const parts = [element("p", "", element("b", "", door), " ", words)]
    if (store) {
      const said = isGone ? marked("Before it, this statement wrote the element last:") : stops ? marked("It stops at this statement:") : marked("This statement wrote the element last:")
      const line = store.values ? `${store.python}  # ${store.values}` : store.python
      const node = button("act to-node", store.label, () => enter(store.stage, store.node))
      const from = origin(store, goTo)
      return element("section", "wrong-pass", ...parts, element("p", "", _(said), " ", node), element("pre", "", line), ...from)
    }
    return element("section", "wrong-pass", ...parts)
  }
}

/** @param {PlacedStatement} store @param {(span: Span) => void} goTo */
function origin({span, line, own}, goTo) {
  if (!span || line === null) return []
  const door = button("act to-text", _("line {line}", {line}), () => goTo(span))
  return [element("p", "", _("It comes from your text:"), " ", door), element("pre", "", own)]
}

function legend() {
  const rows = LEGEND.flatMap(verdict => {
    const [sign, words] = VERDICTS[verdict]
    return [element("dt", `verdict ${verdict}`, sign), element("dd", "", _(words))]
  })
  return element("dl", "legend", ...rows)
}

/** @param {Question} question */
function subjectOf({workspace, tree}) {
  const {text, definition, function: chosen, arguments: values, options} = workspace
  return JSON.stringify([text, definition, chosen, values, options, tree.target])
}
