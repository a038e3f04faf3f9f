// The graph of calls: drawn by the server, layers folded; one layer at a time is unfolded by a click on it.
import {button, element, scrollIntoSight} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/** @import {CallsFrame} from "./model_frames.d.ts" */

/** What the graph calls: `choose` a call, `unfold` a layer, or none. @typedef {{choose: (call: number) => void, unfold: (layer: number | null) => void}} GraphActions */

export class CallGraph {
  #actions
  #sheet = element("div", "call-sheet")
  #status = element("p", "soft")
  #refold
  /** @type {{box: SVGGElement, calls: number[], layer: number, isFolded: boolean}[]} */
  #boxes = []
  /** @type {(call: number) => boolean} */
  #isFound = () => true

  /** @param {GraphActions} actions */
  constructor(actions) {
    this.#actions = actions
    this.#status.setAttribute("role", "status")
    this.#refold = button("refold-layer", _("Fold the layer"), () => actions.unfold(null))
    this.#refold.hidden = true
    this.#sheet.addEventListener("click", event => this.#click(event))
    this.#sheet.addEventListener("keydown", event => this.#key(event))
    this.element = element("div", "call-graph-room", element("p", "graph-bar", this.#refold, this.#status), this.#sheet)
  }

  /** @param {string} words */
  say(words) { this.#status.textContent = words }

  /** @param {CallsFrame} frame */
  draw({view, svg}) {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement
    this.#sheet.replaceChildren(...svg ? [document.importNode(parsed, true)] : [])
    this.#refold.hidden = !view.unfolded.length
    this.#boxes = [...this.#sheet.querySelectorAll(".call-box")].flatMap(box => {
      if (!(box instanceof SVGGElement)) return []
      return [{box, calls: (box.dataset.calls ?? "").split(" ").map(Number), layer: Number(box.dataset.layer), isFolded: box.classList.contains("folded")}]
    })
    this.say(this.#boxes.length ? _("Each box is a call of a kernel or a layer; a line hands a result on, from left to right.") : "")
    const inside = this.#boxes.filter(({box}) => box.classList.contains("inside")).map(({box}) => box)
    if (inside.length) scrollIntoSight(this.#sheet, inside)
    this.search(this.#isFound)
  }

  /** Dim what a search does not find. @param {(call: number) => boolean} isFound */
  search(isFound) {
    this.#isFound = isFound
    for (const {box, calls} of this.#boxes) box.classList.toggle("dim", !calls.some(isFound))
  }

  /** @param {number} chosen @param {ReadonlySet<number>} lit */
  mark(chosen, lit) {
    for (const {box, calls} of this.#boxes) {
      box.classList.toggle("selected", calls.includes(chosen))
      box.classList.toggle("lit", calls.some(call => lit.has(call)))
    }
  }

  /** @param {number} call */
  reveal(call) {
    const found = this.#boxes.find(({calls}) => calls.includes(call))
    if (found) scrollIntoSight(this.#sheet, [found.box])
  }

  /** @param {Element | null} place */
  #act(place) {
    const found = this.#boxes.find(({box}) => place !== null && box.contains(place))
    if (found?.isFolded) this.#actions.unfold(found.layer)
    else if (found) this.#actions.choose(found.calls[0])
  }

  /** @param {MouseEvent} event */
  #click(event) { this.#act(event.target instanceof Element ? event.target : null) }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const at = this.#boxes.findIndex(({box}) => box === document.activeElement)
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key]
    if (event.key === "Enter" || event.key === " ") this.#act(document.activeElement)
    else if (step === undefined) return
    else {
      const next = this.#boxes[Math.max(0, Math.min(this.#boxes.length - 1, at + step))]
      for (const {box} of this.#boxes) box.setAttribute("tabindex", "-1")
      next?.box.setAttribute("tabindex", "0")
      next?.box.focus()
    }
    event.preventDefault()
    event.stopPropagation()
  }
}
