// The gallery: a dialog with a card for each program that is shipped, to search and to choose from.
import {button, element, find, targetOf} from "../../../../render/web/elements.js"
import {firstSentence, grouped, matching} from "./program_search.js"
import {sketched} from "./program_sketch.js"
import {_} from "../language/words.js"

/** @import {Example} from "../frames.d.ts" */

const SVG = "http://www.w3.org/2000/svg"
const ROW = 7  // pixels of the picture a statement
const INDENT = 8
const WIDTH = 92
const HEIGHT = 14 * ROW

export class Gallery {
  #dialog
  #search
  #list
  #examples
  #choose
  #current = ""

  /**
   * @param {HTMLDialogElement} dialog
   * @param {Example[]} examples
   * @param {(example: Example) => void} choose
   */
  constructor(dialog, examples, choose) {
    this.#dialog = dialog
    this.#examples = examples
    this.#choose = choose
    this.#search = find(dialog, ".find-program", HTMLInputElement)
    this.#list = find(dialog, ".programs")
    this.#search.addEventListener("input", () => this.#draw())
    find(dialog, ".close-gallery").addEventListener("click", () => dialog.close())
    dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close() })
    dialog.addEventListener("keydown", event => this.#press(event))
  }

  /** @param {string} current the name of the example in the editor, or empty */
  open(current) {
    this.#current = current
    this.#search.value = ""
    this.#draw()
    this.#dialog.showModal()
    this.#list.querySelector("[aria-current=true]")?.scrollIntoView({block: "nearest"})
    this.#search.focus()
  }

  #draw() {
    const groups = grouped(matching(this.#examples, this.#search.value))
    this.#list.replaceChildren(...groups.map(([title, examples]) => element("section", "",
      element("h3", "", title), element("div", "cards", ...examples.map(example => this.#cardOf(example))))))
    if (!groups.length) this.#list.replaceChildren(element("p", "soft", _("No program has these words.")))
  }

  /** @param {Example} example */
  #cardOf(example) {
    const made = button("program-card", "", () => this.#take(example))
    made.dataset.example = example.name
    made.setAttribute("aria-current", String(example.name === this.#current))
    made.append(picture(example.text), element("span", "",
      element("b", "", example.title), element("small", "", firstSentence(example.description))))
    return made
  }

  /** @param {Example} example */
  #take(example) {
    this.#dialog.close()
    this.#choose(example)
  }

  get #cards() { return [...this.#list.querySelectorAll("button")] }

  // The keys of the panes wait until the dialog is closed.
  /** @param {KeyboardEvent} event */
  #press(event) {
    event.stopPropagation()
    if (event.key === "Escape") this.#dialog.close()  // at once, also where a search could be emptied first
    const cards = this.#cards
    const at = cards.findIndex(card => card === targetOf(event))
    if (event.key === "Enter" && at < 0 && targetOf(event) === this.#search) {
      event.preventDefault()
      cards[0]?.click()
    }
    const isBack = event.key === "ArrowUp" || event.key === "ArrowLeft"
    const isOn = event.key === "ArrowDown" || event.key === "ArrowRight"
    if (!isBack && !isOn || at < 0 && event.key !== "ArrowDown") return
    event.preventDefault()
    const next = at + (isOn ? 1 : -1)
    if (next < 0) this.#search.focus()
    else cards[Math.min(next, cards.length - 1)]?.focus()
  }
}

/**
 * A program in small: its statements as bars, as they are nested.
 * @param {string} text
 */
function picture(text) {
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`)
  svg.setAttribute("aria-hidden", "true")
  sketched(text).forEach(({depth, kind}, i) => {
    const bar = document.createElementNS(SVG, "rect")
    const left = Math.min(depth * INDENT, WIDTH - 30)
    const sizes = {x: left + 1, y: i * ROW + 1, width: Math.min(WIDTH - left - 2, 46), height: ROW - 2, rx: 1.5}
    for (const [name, value] of Object.entries(sizes)) bar.setAttribute(name, String(value))
    bar.setAttribute("class", kind)
    svg.append(bar)
  })
  return svg
}
