// The calls of a Relax function as a list, folded by layer: searched, walked with the arrow keys, lit with what is pointed at.
import {asCode, button, element} from "../../../../render/web/elements.js"
import {collect} from "../../../../render/web/model.js"
import {_, plural} from "../language/words.js"

/** @import {ModelCall, ModelFrame, ModelFunction} from "./model_frames.d.ts" */

const MOST_FOUND = 200  // calls that a search shows

export class CallList {
  element = element("div", "call-list")
  #choose
  /** @type {ModelFunction | undefined} */
  #function
  /** @type {ModelFrame["kernels"]} */
  #kernels = []
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map()  // by the number of the call, those that are made
  /** @type {Map<number, HTMLDetailsElement>} */
  #folds = new Map()  // by the number of the layer
  /** @type {Map<number, number>} */
  #layerOf = new Map()
  /** @type {ReadonlySet<number>} */
  #lit = new Set()
  #chosen = -1
  /** @type {Set<number>} */
  #found = new Set()

  /** @param {(call: number) => void} choose */
  constructor(choose) {
    this.#choose = choose
    this.element.tabIndex = 0
    this.element.setAttribute("role", "region")
    this.element.setAttribute("aria-label", _("Calls of kernels, folded by layer"))
    this.element.addEventListener("keydown", event => this.#key(event))
  }

  /** How many calls the search found, all without a search. */
  get found() { return this.#found.size }

  /** Whether the search found a call. @param {number} call */
  isFound = call => this.#found.has(call)

  /**
   * Show the calls of a function, of those that a search finds.
   * @param {ModelFunction | undefined} shown
   * @param {ModelFrame["kernels"]} kernels
   * @param {string} query
   */
  draw(shown, kernels, query) {
    this.#function = shown
    this.#kernels = kernels
    this.#rows.clear()
    this.#folds.clear()
    this.#layerOf = new Map(shown?.layers.flatMap(([number, , calls]) => calls.map(call => [call, number])))
    const all = shown?.calls ?? []
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    const found = all.flatMap((call, i) => words.every(word => this.#text(call, i).includes(word)) ? [i] : [])
    this.#found = new Set(found)
    const shownCalls = words.length ? found.slice(0, MOST_FOUND) : found
    const left = found.length - shownCalls.length
    this.element.replaceChildren(...this.#pieces(shownCalls, words.length > 0),
      ...left ? [element("p", "soft", plural("one more call is found", "{count} more calls are found", left))] : [])
    this.mark(this.#chosen, this.#lit)
  }

  /** What a search looks in. @param {ModelCall} call @param {number} i */
  #text([kernel, , title, , , part], i) {
    const layer = this.#layerOf.get(i)
    const name = this.#function?.layers.find(([number]) => number === layer)?.[1] ?? ""
    return `${title} ${this.#kernels[kernel].name} ${part} ${name}`.toLowerCase()
  }

  /** The rows of calls, those of a layer in a fold. @param {number[]} calls @param {boolean} isSearch */
  #pieces(calls, isSearch) {
    /** @type {Map<number, number[]>} */
    const inLayer = new Map()
    for (const call of calls) collect(inLayer, this.#layerOf.get(call) ?? -1, call)
    return calls.flatMap(/** @returns {HTMLElement[]} */ call => {
      const layer = this.#layerOf.get(call)
      const own = inLayer.get(layer ?? -1) ?? []
      if (layer === undefined) return [this.#row(call)]
      return own[0] === call ? [this.#fold(layer, own, isSearch)] : []
    })
  }

  /** A layer: its calls are made when it is unfolded. @param {number} layer @param {number[]} calls @param {boolean} isOpen */
  #fold(layer, calls, isOpen) {
    const name = this.#function?.layers.find(([number]) => number === layer)?.[1] ?? ""
    const count = plural("one call", "{count} calls", calls.length)
    const fold = element("details", "layer-fold", element("summary", "", asCode(element("b", "", name)), " ", element("span", "soft", count)))
    fold.addEventListener("toggle", () => this.#fill(fold, calls))
    this.#folds.set(layer, fold)
    if (isOpen) {
      fold.open = true
      this.#fill(fold, calls)
    }
    return fold
  }

  /** @param {HTMLDetailsElement} fold @param {number[]} calls */
  #fill(fold, calls) {
    if (!fold.open || fold.childElementCount > 1) return
    fold.append(element("div", "layer-calls", ...calls.map(call => this.#row(call))))
    this.mark(this.#chosen, this.#lit)
  }

  /** @param {number} call */
  #row(call) {
    const [kernel, , title, , line] = this.#function?.calls[call] ?? [0, [], "", null, 0]
    const {name} = this.#kernels[kernel]
    const row = button("call", "", () => this.#choose(call))
    row.append(asCode(element("span", "title", title)))
    if (name !== title) row.append(" ", asCode(element("span", "soft kernel-name", name)))
    if (line) row.append(" ", element("span", "soft at-line", _("line {line}", {line: String(line)})))
    this.#rows.set(call, row)
    return row
  }

  /** Mark the chosen call and those that are linked to what is pointed at. @param {number} chosen @param {ReadonlySet<number>} lit */
  mark(chosen, lit) {
    this.#chosen = chosen
    this.#lit = lit
    for (const [call, row] of this.#rows) {
      row.classList.toggle("selected", call === chosen)
      row.classList.toggle("lit", lit.has(call))
      row.setAttribute("aria-pressed", String(call === chosen))
    }
    const layers = new Set([...lit, chosen].map(call => this.#layerOf.get(call)))
    for (const [layer, fold] of this.#folds) fold.classList.toggle("lit", layers.has(layer))
  }

  /** Unfold the layer of a call, and scroll to it. @param {number} call */
  reveal(call) {
    const fold = this.#folds.get(this.#layerOf.get(call) ?? -1)
    const layer = this.#function?.layers.find(([number]) => number === this.#layerOf.get(call))
    if (fold && layer) {
      fold.open = true
      this.#fill(fold, layer[2])
    }
    this.#rows.get(call)?.scrollIntoView({block: "nearest"})
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key !== "ArrowDown" && event.key !== "ArrowUp") return
    const doors = [...this.element.querySelectorAll("summary, .call")].filter(door => door instanceof HTMLElement && door.offsetParent)
    const at = doors.findIndex(door => door === document.activeElement)
    const next = doors[at + (event.key === "ArrowDown" ? 1 : -1)]
    event.preventDefault()
    event.stopPropagation()
    if (next instanceof HTMLElement) next.focus()
  }
}
