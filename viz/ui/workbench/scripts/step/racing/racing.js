// A race, replayed: two threads as two tracks, their accesses in three orders, and a barrier that ends it.
import {button, element} from "../../../../../render/web/elements.js"
import {diffOf} from "../../diagnostics.js"
import {_, marked} from "../../language/words.js"

/** @import {Frame, RaceAccess, RaceFrame, RacePolicy} from "../../frames.d.ts" */
/** @import {StepContext, StepMode} from "../step_tab.js" */
/** @import {Track} from "../transport.js" */

/** @type {[policy: RacePolicy, words: string][]} */
const ORDERS = [
  ["first", marked("the first thread goes first")],
  ["second", marked("the second thread goes first")],
  ["both", marked("each is held before it writes")],
]
/** @type {Record<RaceAccess["kind"], string>} */
const KINDS = {reads: marked("reads"), writes: marked("writes")}

/** @implements {StepMode} */
export class Racing {
  #context
  #redraw
  #side = element("div", "race-side")
  #tracks = element("div", "race-tracks")
  #offer = element("div", "race-offer")
  /** @type {object | undefined} */
  #asking
  #number = 0
  #text = ""  // of the program that was replayed
  /** @type {RaceFrame | undefined} */
  #found
  /** @type {RacePolicy} */
  #policy = "first"
  #at = -1
  /** @type {HTMLElement[]} */
  #rows = []

  /** @param {StepContext} context @param {() => void} redraw */
  constructor(context, redraw) {
    this.#context = context
    this.#redraw = redraw
    this.#tracks.tabIndex = 0
    this.host = element("div", "racing", this.#side, this.#tracks, this.#offer)
    this.#invite("")
  }

  /** @returns {Track | undefined} */
  get track() {
    const accesses = this.#accesses
    if (!accesses.length) return undefined
    return {count: accesses.length, at: this.#at, go: at => this.#go(at), words: () => this.#words(accesses[this.#at])}
  }

  get #accesses() { return this.#found?.orders.find(({policy}) => policy === this.#policy)?.accesses ?? [] }

  get look() { return this.#found ? `${this.#number} ${this.#policy} ${this.#at}` : "" }

  /** @param {string} look */
  restore(look) {
    const [number, policy, at] = look.split(" ")
    if (look === this.look) return
    this.#policy = ORDERS.find(([name]) => name === policy)?.[0] ?? "first"
    this.#at = Number(at) || -1
    this.replay(Number(number) || 0, this.#at)
  }

  shown() { if (this.#found && this.#text !== this.#context.workspace.values.text) this.#idle(_("The program is another one now.")) }

  hidden() { if (this.#asking) this.#context.client.cancel("race") }

  begin() { this.replay(this.#number) }

  /** Replay a race. @param {number} number which of those that a checked run finds @param {number} [at] */
  async replay(number, at = -1) {
    const {client, workspace} = this.#context
    const asking = this.#asking = {}
    this.#number = number
    this.#found = undefined
    this.#at = at
    this.#text = workspace.values.text
    this.#tell(_("running …"))
    const ending = await client.race({workspace: workspace.values, race: {number}}, frame => { if (this.#asking === asking) this.#take(frame) })
    if (this.#asking !== asking) return
    this.#asking = undefined
    if (ending === "aborted") this.#idle(_("Cancelled."))
    else if (ending === "lost") this.#idle(_("The server does not answer."))
  }

  /** @param {Frame} frame */
  #take(frame) {
    if (frame.kind === "queued") this.#tell(_("number {position} in the queue …", {position: frame.position}))
    else if (frame.kind === "progress") this.#tell(`${frame.step} …`)
    else if (frame.kind === "problem") this.#idle(`${frame.problem.message} ${frame.problem.hint}`)
    else if (frame.kind === "race") {
      this.#found = frame
      this.#draw()
      this.#redraw()
    }
  }

  // ---------------------------------------------------------------- what is shown

  /** @param {string} words */
  #idle(words) {
    this.#invite(words)
    this.#redraw()
  }

  /** @param {string} words */
  #invite(words) {
    this.#found = undefined
    this.#side.replaceChildren(
      element("p", "", words || _("A checked run on the emulator names two threads that race. Here they go through it again, one access at a time.")),
      button("replay-race", _("Replay the race"), () => this.replay(this.#number)))
    this.#tracks.replaceChildren()
    this.#offer.replaceChildren()
  }

  /** @param {string} words */
  #tell(words) {
    const status = element("p", "", words)
    status.setAttribute("role", "status")
    this.#side.replaceChildren(status, button("", _("Cancel"), () => this.#context.client.cancel("race")))
    this.#tracks.replaceChildren()
    this.#offer.replaceChildren()
  }

  #draw() {
    const found = this.#found
    if (!found) return
    const choice = element("div", "choice race-orders", ...ORDERS.filter(([policy]) => found.orders.some(order => order.policy === policy)).map(([policy, words]) => {
      const made = button("", _(words), () => this.#choose(policy))
      made.setAttribute("aria-pressed", String(policy === this.#policy))
      return made
    }))
    choice.setAttribute("role", "group")
    choice.setAttribute("aria-label", _("The order of the two threads"))
    const {differs, other} = found
    const order = ORDERS.find(([policy]) => policy === other)?.[1] ?? ""
    this.#side.replaceChildren(
      element("p", "", found.message), ...found.problems.map(({message}) => element("p", "soft", message)), ...found.orders.length ? [choice] : [],
      ...differs ? [element("p", "differs", _("{element} is {expected} in the first order, and {got} where {other}", {
        element: differs.element, expected: differs.first, got: differs.other, other: _(order)}))] : [])
    this.#drawTracks(found)
    this.#drawOffer(found)
  }

  /** @param {RaceFrame} found */
  #drawTracks({threads}) {
    this.#rows = this.#accesses.map((access, i) => this.#row(access, i))
    this.#tracks.replaceChildren(element("div", "race-row head", element("b", "", threads[0] ?? ""), element("b", "", threads[1] ?? "")), ...this.#rows)
    this.#mark()
  }

  /** @param {RaceAccess} access @param {number} i */
  #row(access, i) {
    const cell = button(`access ${access.kind}${access.races ? " races" : ""}`, this.#words(access), () => this.#go(i))
    cell.title = access.races ? _("The other thread accesses this element, too, with no barrier between them.") : ""
    const row = element("div", "race-row", ...access.thread ? [element("span"), cell] : [cell, element("span")])
    if (i && access.phase !== this.#accesses[i - 1].phase) row.classList.add("after-barrier")
    return row
  }

  /** @param {RaceAccess | undefined} access */
  #words(access) { return access ? `${_(KINDS[access.kind])} ${access.element} = ${access.value}` : "" }

  /** @param {RaceFrame} found */
  #drawOffer({barriers, mend}) {
    const tried = barriers.map(([line, passed, why]) => element("li", passed ? "good" : "", _("a barrier before line {line}: {why}", {line: String(line), why})))
    this.#offer.replaceChildren(...tried.length ? [element("h3", "", _("A barrier between them")), element("ol", "", ...tried)] : [],
      ...mend ? [diffOf(mend.diff), button("apply-mend", _("Apply to my text"), () => this.#context.apply(mend.text))] : [])
  }

  // ---------------------------------------------------------------- going

  /** @param {RacePolicy} policy */
  #choose(policy) {
    this.#policy = policy
    this.#at = -1
    this.#draw()
    this.#redraw()
  }

  /** @param {number} at */
  #go(at) {
    this.#at = Math.max(-1, Math.min(at, this.#accesses.length - 1))
    this.#mark()
    this.#redraw()
    const access = this.#accesses[this.#at]
    if (!access || !this.#found) return
    const {node} = this.#found.statements[access.statement]
    const model = this.#context.model()
    if (node !== null && model?.tree("input")?.get(node)) this.#context.selection().pin({tree: "input", ids: model.program.nodesAtPlaceOf(node)})
  }

  #mark() {
    for (const [i, row] of this.#rows.entries()) {
      row.classList.toggle("here", i === this.#at)
      row.classList.toggle("done", i < this.#at)
      if (i === this.#at) row.scrollIntoView({block: "nearest"})
    }
  }
}
