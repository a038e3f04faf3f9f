// The controls that choose the stage of the tree pane: buttons, and a list of the passes.
import {button, find, targetOf} from "../../../../render/web/elements.js"
import {stageOf} from "./stages.js"

/** @import {Stage} from "../frames.d.ts" */
/** @import {Stages} from "./stages.js" */

export class StageChoice {
  #buttons
  #passes
  #titleOf
  #isScheduled = false

  /**
   * @param {HTMLElement} pane
   * @param {(target: string) => string} titleOf a target's title
   * @param {(stage: Stage) => void} choose
   */
  constructor(pane, titleOf, choose) {
    this.#titleOf = titleOf
    this.#buttons = find(pane, ".stages")
    this.#passes = find(pane, ".passes", HTMLSelectElement)
    this.#passes.addEventListener("change", () => choose(stageOf(this.#passes.value)))
    this.#buttons.addEventListener("click", event => {
      const stage = targetOf(event)?.closest("button")?.dataset.stage
      if (stage) choose(stageOf(stage))
    })
  }

  /**
   * @param {Stages} stages
   * @param {Stage} stage the one that is shown
   * @param {boolean} [isScheduled] whether the target got a default schedule; as before if not given
   */
  draw(stages, stage, isScheduled = this.#isScheduled) {
    this.#isScheduled = isScheduled
    const title = this.#titleOf(stages.target)
    /** @param {string} name @param {string} words */
    const choice = (name, words) => {
      const made = button("", words, null)
      made.dataset.stage = name
      made.setAttribute("aria-pressed", String(stage === name))
      return made
    }
    this.#buttons.replaceChildren(
      choice("input", "Input"), ...isScheduled ? [choice("scheduled", "Scheduled")] : [], choice("final", `Final · ${title}`))
    /** @param {string} value @param {string} words */
    const option = (value, words) => new Option(words, value, false, String(stage) === value)
    this.#passes.replaceChildren(
      option("", `pass (${title}) …`),
      ...stages.passes.map(({number, name, part}) =>
        option(String(number), `${number} ${name.split(".").pop()}${part === "all" ? "" : ` (${part})`}`)))
    this.#passes.classList.toggle("on", typeof stage === "number")
  }
}
