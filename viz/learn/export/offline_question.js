// A question of an offline page: its answer stands in the page's data, checked when the page was made.
import {button, element, find} from "../../render/web/elements.js"
import {isAt, numberOf, wordsOf} from "../../ui/workbench/scripts/learn/grading.js"

/** @import {ReportPanes} from "../../render/report/report_panes.js" */
/** @import {SolvedQuestion} from "../../ui/workbench/scripts/frames.d.ts" */

/**
 * @typedef {{words: Record<string, string>, panes: () => ReportPanes | undefined, point: (tree: string, path: string) => void,
 *   goTo: (target: string, stage: string) => void}} OfflineContext
 */

export class OfflineQuestion {
  #host
  #solved
  #context
  #check
  #feedback
  #isDone = false

  /**
   * @param {HTMLElement} host
   * @param {SolvedQuestion} solved
   * @param {OfflineContext} context
   */
  constructor(host, solved, context) {
    this.#host = host
    this.#solved = solved
    this.#context = context
    this.#check = find(host, ".check", HTMLButtonElement)
    this.#feedback = find(host, ".feedback")
    this.#check.addEventListener("click", () => this.#answer())
    host.querySelector(".typed")?.addEventListener("keydown", event => {
      if (event instanceof KeyboardEvent && event.key === "Enter" && !this.#isDone) this.#answer()
    })
  }

  /** Something else is selected. */
  update() {
    if (this.#solved.how !== "point" || this.#isDone) return
    const panes = this.#context.panes()
    const words = wordsOf(panes?.model, panes?.selection.pinned ?? null)
    const place = find(this.#host, ".selected")
    place.replaceChildren(...words ? [element("small", "soft", this.#word("selected")), " ", words]
      : [this.#word("nothing selected yet: click a node, or a place of a text")])
    place.classList.toggle("none", !words)
  }

  /** @param {string} text */
  #word(text) { return this.#context.words[text] ?? text }

  #answer() {
    const isRight = this.#given()
    if (isRight === undefined) this.#say("wrong", this.#word(this.#unanswered()))
    else if (isRight) this.#finish(true)
    else {
      this.#say("wrong", element("b", "", this.#word("Not yet.")), " ", this.#copy(".hint"), " ",
        button("give-up", this.#word("Show the answer"), () => this.#finish(false)))
    }
  }

  /** Whether the answer is right; undefined where there is none. */
  #given() {
    const {how, place, stop, value, right} = this.#solved
    if (how === "point") {
      const panes = this.#context.panes()
      const pinned = panes?.selection.pinned
      return panes && pinned && place ? isAt(panes.model, pinned, place) : undefined
    }
    if (how === "stop") {
      const chosen = find(this.#host, "select", HTMLSelectElement).value
      return chosen ? Number(chosen) === stop?.number : undefined
    }
    if (how === "number") {
      const typed = numberOf(find(this.#host, ".typed", HTMLInputElement).value)
      return typed === undefined ? undefined : typed === value
    }
    const chosen = this.#host.querySelector("input:checked")
    return chosen instanceof HTMLInputElement ? Number(chosen.value) === right : undefined
  }

  #unanswered() {
    const {how} = this.#solved
    return how === "point" ? "Select a node first: click it in a pane, or walk to it with the arrow keys."
      : how === "number" ? "Type a whole number." : "Choose one first."
  }

  /** @param {boolean} isRight */
  #finish(isRight) {
    const {place, stop} = this.#solved
    this.#isDone = true
    this.#check.disabled = true
    for (const field of this.#host.querySelectorAll("input, select")) field.toggleAttribute("disabled", true)
    const head = isRight ? this.#word("Right.") : this.#word("The answer: {answer}.").replace("{answer}", this.#answerWords())
    const door = place || stop ? [" ", button("show-place", this.#word("Show the place"), () => this.#reveal())] : []
    this.#say(isRight ? "good" : "shown", element("b", "", head), " ", this.#copy(".reveal"), ...door)
    this.#reveal()
    this.#feedback.tabIndex = -1
    this.#feedback.focus({preventScroll: true})
  }

  #answerWords() {
    const {how, place, stop, value, right} = this.#solved
    if (how === "choice") return this.#host.querySelectorAll(".choice-row")[right ?? 0]?.textContent ?? ""
    if (how === "stop") return stop?.name.split(".").at(-1) ?? ""
    if (how === "number") return String(value)
    return place?.path ?? ""
  }

  #reveal() {
    const {place, stop} = this.#solved
    if (stop) this.#context.goTo(stop.target, String(stop.number))
    if (place) this.#context.point(place.tree, place.path)
  }

  /** @param {string} selector of a template */
  #copy(selector) { return find(this.#host, selector, HTMLTemplateElement).content.cloneNode(true) }

  /** @param {string} state @param {...(Node | string)} words */
  #say(state, ...words) {
    this.#feedback.className = `feedback ${state}`
    this.#feedback.replaceChildren(...words)
  }
}
