// Then and now: what two generations of TVM write for one target, line by line, and which passes only one of them has.
import {element, find} from "../../../../render/web/elements.js"
import {diffTable} from "../tree/stage_texts.js"
import {_, plural} from "../language/words.js"

/** @import {GenerationsFrame, Outcome, Problem} from "../frames.d.ts" */

/** Asks the server for the comparison of what is in sight. @typedef {(take: (frame: GenerationsFrame) => void, failed: (problem: Problem) => void) => Promise<Outcome | undefined>} Compare */

export const SIGN = "@"  // stands between a target and the engine that lowers for it: cuda@2024

/** The target of which two generations are among some; undefined without one. @param {string[]} names */
export function pairedTarget(names) {
  return names.find(name => names.some(other => other.startsWith(`${name}${SIGN}`)))
}

export class Generations {
  #button
  #view
  #slots
  #compare
  #isOn = false
  /** @type {string | undefined} */
  #target

  /**
   * @param {HTMLElement} pane
   * @param {Compare} compare
   */
  constructor(pane, compare) {
    this.#button = find(pane, ".compare")
    this.#view = find(pane, ".generation-diff")
    this.#slots = find(pane, ".slots")
    this.#compare = compare
    this.#button.addEventListener("click", () => {
      this.#isOn = !this.#isOn
      this.#draw()
      this.refresh()
    })
  }

  /** These targets are shown now. @param {string[]} names */
  offer(names) {
    this.#target = pairedTarget(names)
    this.#draw()
  }

  get #isShown() { return this.#isOn && this.#target !== undefined }

  #draw() {
    this.#button.hidden = this.#target === undefined
    this.#button.setAttribute("aria-pressed", String(this.#isShown))
    this.#slots.hidden = this.#isShown
    this.#view.hidden = !this.#isShown
  }

  /** Compare what was analysed last, if that is looked at. */
  async refresh() {
    if (!this.#isShown) return
    if (!this.#view.childElementCount) this.#view.replaceChildren(element("p", "empty", _("Comparing …")))
    await this.#compare(
      frame => { if (frame.target === this.#target) this.#view.replaceChildren(...comparison(frame)) },
      problem => this.#view.replaceChildren(element("p", `problem ${problem.severity}`, element("b", "", problem.message), " ", problem.hint)))
  }
}

/** @param {GenerationsFrame} frame @returns {HTMLElement[]} */
function comparison({texts, passes}) {
  const then = passes.filter(([, , newer]) => !newer.length)
  const now = passes.filter(([, older]) => !older.length)
  const both = passes.length - then.length - now.length
  return [
    ...texts.flatMap(({title, rows}) => [element("h4", "", title),
      rows.some(([kind]) => kind !== "gap") ? diffTable(rows) : element("p", "empty", _("The two texts are the same."))]),
    element("h4", "", _("Passes")),
    element("div", "pass-lists",
      passList(_("Only in 2024"), then.map(([name]) => name)),
      passList(_("Only today"), now.map(([name]) => name)),
      element("p", "soft", plural("1 pass is in both.", "{count} passes are in both.", both))),
  ]
}

/** @param {string} title @param {string[]} names */
function passList(title, names) {
  return element("section", "", element("h5", "", title), names.length
    ? element("ul", "", ...names.map(name => element("li", "", name))) : element("p", "soft", _("none")))
}
