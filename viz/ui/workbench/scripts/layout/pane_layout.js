// Lay out the panes: beside each other with borders to drag, or one at a time under tabs.
import {find} from "../../../../render/web/elements.js"

/** Where there is room for one pane at a time. */
export const NARROW = "(max-width: 900px)"
const LEAST_WIDTH = 15  // per cent of the room

/**
 * Widths after the border behind one of them moved; the sum stays.
 * @param {number[]} widths in per cent
 * @param {number} border the index of the width before it
 * @param {number} by
 */
export function withMovedBorder(widths, border, by) {
  const both = widths[border] + widths[border + 1]
  const before = Math.min(both - LEAST_WIDTH, Math.max(LEAST_WIDTH, widths[border] + by))
  return widths.map((width, i) => i === border ? before : i === border + 1 ? both - before : width)
}

export class PaneLayout {
  #root
  #onChange
  #narrow = matchMedia(NARROW)
  #panes
  #tabs
  #splitters
  #widths = [33, 31, 36]
  #open = "script"  // the pane that is shown where there is room for one
  /** @type {string[] | null} */
  #chosen = null  // the panes of a presentation

  /**
   * @param {HTMLElement} root
   * @param {() => void} onChange called when another pane is in sight
   */
  constructor(root, onChange) {
    this.#root = root
    this.#onChange = onChange
    this.#panes = find(root, ".panes")
    this.#tabs = [...root.querySelectorAll(".tabs [role=tab]")].filter(tab => tab instanceof HTMLElement)
    this.#splitters = [...root.querySelectorAll(".splitter")].filter(splitter => splitter instanceof HTMLElement)
    this.#tabs.forEach((tab, i) => this.#listenToTab(tab, i))
    this.#splitters.forEach((splitter, i) => this.#listenToSplitter(splitter, i))
    this.#narrow.addEventListener("change", () => {
      this.#draw()
      onChange()
    })
    this.#draw()
  }

  /** Whether one pane is shown at a time. */
  get isNarrow() { return this.#narrow.matches }

  /** @param {string} pane */
  isInSight(pane) {
    if (this.#chosen) return this.#chosen.includes(pane)
    return !this.isNarrow || pane === this.#open
  }

  /** Show these panes alone; null shows what there is room for. @param {string[] | null} panes */
  choose(panes) {
    this.#chosen = panes
    this.#draw()
    this.#onChange()
  }

  /** @param {string} pane */
  open(pane) {
    if (this.#open === pane) return
    this.#open = pane
    this.#draw()
    this.#onChange()
  }

  #draw() {
    this.#root.classList.toggle("narrow", this.isNarrow && !this.#chosen)
    for (const tab of this.#tabs) {
      const isOpen = tab.dataset.pane === this.#open
      tab.setAttribute("aria-selected", String(isOpen))
      tab.tabIndex = isOpen ? 0 : -1
    }
    for (const pane of this.#panes.querySelectorAll(":scope > .pane")) {
      if (pane instanceof HTMLElement) pane.hidden = !this.isInSight(pane.dataset.pane ?? "")
    }
    this.#splitters.forEach((splitter, i) => {
      const [before, after] = [this.#widths[i], this.#widths[i + 1]]
      for (const [name, value] of Object.entries({now: before, min: LEAST_WIDTH, max: before + after - LEAST_WIDTH})) {
        splitter.setAttribute(`aria-value${name}`, String(Math.round(value)))
      }
    })
    const [a, b, c] = this.#widths
    for (const splitter of this.#splitters) splitter.hidden = this.#chosen !== null
    this.#panes.style.gridTemplateColumns = this.#chosen ? `repeat(${this.#chosen.length}, minmax(0, 1fr))`
      : this.isNarrow ? "" : `${a}fr 7px ${b}fr 7px ${c}fr`
  }

  /** @param {HTMLElement} tab @param {number} i */
  #listenToTab(tab, i) {
    tab.addEventListener("click", () => this.open(tab.dataset.pane ?? ""))
    tab.addEventListener("keydown", event => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0
      if (!step) return
      event.stopPropagation()
      const next = this.#tabs[(i + step + this.#tabs.length) % this.#tabs.length]
      this.open(next.dataset.pane ?? "")
      next.focus()
    })
  }

  /** @param {HTMLElement} splitter @param {number} i */
  #listenToSplitter(splitter, i) {
    /** @param {number} by */
    const move = by => {
      this.#widths = withMovedBorder(this.#widths, i, by)
      this.#draw()
    }
    splitter.addEventListener("keydown", event => {
      const step = event.key === "ArrowRight" ? 2 : event.key === "ArrowLeft" ? -2 : 0
      if (!step) return
      event.preventDefault()
      event.stopPropagation()
      move(step)
    })
    splitter.addEventListener("pointerdown", event => {
      splitter.setPointerCapture(event.pointerId)
      event.preventDefault()
    })
    splitter.addEventListener("pointermove", event => {
      if (event.buttons) move(event.movementX / this.#panes.clientWidth * 100)
    })
  }
}
