// A list of passes: search, fold away those that changed nothing, walk with j/k or the arrows.
import {find} from "../../render/web/elements.js"
import {nextNumber, shownPasses} from "./pass_rows.js"

/** @import {StreamlitComponent} from "../workbench/scripts/frames.d.ts" */
/** @import {PassListRow} from "./pass_rows.js" */

/** @typedef {{rows: PassListRow[], chosen: number, height: number}} PassesData */

/** @type {WeakMap<HTMLElement, PassList>} */
const lists = new WeakMap()

/** @type {PassListRow} */
const WHOLE_BUILD = {number: 0, name: "Your text → the final source", part: "all", changed: true, failed: false, more: null}

class PassList {
  #list
  #search
  #showsAll
  /** @type {PassListRow[]} */
  #rows = []
  #chosen = 0
  /** @type {(number: number) => void} */
  #choose = () => {}

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#list = find(host, "ol")
    this.#search = find(host, "input[type=search]", HTMLInputElement)
    this.#showsAll = find(host, "input[type=checkbox]", HTMLInputElement)
    this.#search.addEventListener("input", () => this.#draw())
    this.#showsAll.addEventListener("change", () => this.#draw())
    this.#list.addEventListener("click", event => {
      const row = event.target instanceof Element ? event.target.closest("li") : null
      if (row) this.#pick(Number(row.dataset.number))
    })
    // The whole page listens, as long as nobody types elsewhere and this list is on it.
    /** @param {KeyboardEvent} event */
    const listen = event => {
      const [place] = event.composedPath()
      if (!host.isConnected) document.removeEventListener("keydown", listen)
      else if (place instanceof Node && host.contains(place) || !isTyping(place)) this.#press(event)
    }
    document.addEventListener("keydown", listen)
  }

  /**
   * @param {PassesData} data
   * @param {(number: number) => void} choose called with the number of the pass that is chosen
   */
  load({rows, chosen, height}, choose) {
    this.#rows = rows
    this.#chosen = chosen
    this.#choose = choose
    this.#list.style.maxHeight = `${height}px`
    this.#draw()
  }

  get #shown() { return shownPasses(this.#rows, this.#search.value, this.#showsAll.checked, this.#chosen) }

  #draw() {
    this.#list.replaceChildren(...[WHOLE_BUILD, ...this.#shown].map(row => this.#item(row)))
    this.#list.querySelector("[aria-selected=true]")?.scrollIntoView({block: "nearest"})
  }

  /** @param {PassListRow} row */
  #item(row) {
    const item = document.createElement("li")
    item.setAttribute("role", "option")
    item.setAttribute("aria-selected", String(row.number === this.#chosen))
    item.dataset.number = String(row.number)
    item.className = row.failed ? "failed" : row.changed ? "" : "same"
    /** @param {string} kind @param {string} text */
    const addCell = (kind, text) => {
      const span = document.createElement("span")
      span.className = kind
      span.textContent = text
      item.append(span)
    }
    addCell("number", row.number ? String(row.number) : "")
    addCell("name", row.part === "all" ? row.name : `${row.name} (${row.part})`)
    if (row.more !== null) addCell("more", row.more > 0 ? `+${row.more}` : `${row.more}`)
    if (row.ms !== undefined) {
      addCell("ms", row.ms < 0.05 ? "" : `${row.ms.toFixed(1)} ms`)
      item.title = `${row.name}: ${row.ms} ms` + (row.changed ? "" : ", changed nothing")
    }
    return item
  }

  /** @param {number} number */
  #pick(number) {
    if (number === this.#chosen) return
    this.#chosen = number
    this.#draw()
    this.#choose(number)
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const isInSearch = event.composedPath()[0] === this.#search
    const isDown = event.key === "ArrowDown" || !isInSearch && event.key === "j"
    const isUp = event.key === "ArrowUp" || !isInSearch && event.key === "k"
    if (isDown || isUp) {
      const numbers = this.#shown.map(row => row.number)
      if (!this.#search.value.trim()) numbers.unshift(WHOLE_BUILD.number)
      const next = nextNumber(numbers, this.#chosen, isDown ? 1 : -1)
      if (next !== undefined) this.#pick(next)
      event.preventDefault()
    } else if (event.key === "Enter" && isInSearch) {
      const [first] = this.#shown
      if (first) this.#pick(first.number)
      event.preventDefault()
    } else if (event.key === "/" && !isInSearch) {
      this.#search.focus()
      event.preventDefault()
    } else if (event.key === "Escape" && isInSearch) {
      this.#search.value = ""
      this.#draw()
      this.#list.focus()
    }
  }
}

/** @param {EventTarget} place */
function isTyping(place) {
  return place instanceof Element
    && place.closest("input, textarea, select, button, [contenteditable], [role=radio], [role=tab]") !== null
}

/** @param {StreamlitComponent<PassesData>} component */
export function show({data, parentElement, setTriggerValue}) {
  const host = parentElement.querySelector(".passes")
  if (!(host instanceof HTMLElement)) return  // it was removed while this module was loaded
  const list = lists.get(host) ?? new PassList(host)
  lists.set(host, list)
  list.load(data, number => setTriggerValue("chosen", number))
}
