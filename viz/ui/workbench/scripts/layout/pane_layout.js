// Lay out the panes: beside or above each other with borders to drag, one alone, or one at a time under tabs.
import {find, targetOf} from "../../../../render/web/elements.js"
import {remember, remembered} from "../sharing/remembered.js"
import {LEAST_SHARE, arrangementOf, withMovedBorder} from "./arrangement.js"
import {listenToTabs, markChosenTab} from "./tab_list.js"

/** @import {Arrangement} from "./arrangement.js" */

/** Where there is room for one pane at a time. */
export const NARROW = "(max-width: 900px)"
const STEP = 2  // per cent of the room that an arrow key moves a border
const BORDER = "7px"

/**
 * What the layout calls: `shown` when other panes are in sight, `resized` when they have other sizes for good.
 * @typedef {{shown: () => void, resized: () => void}} PaneLayoutActions
 */

export class PaneLayout {
  #root
  #actions
  #narrow = matchMedia(NARROW)
  #host
  /** @type {HTMLElement[]} */
  #panes
  #tabs
  #splitters
  /** @type {Arrangement} */
  #arrangement
  #open = "script"  // the pane that is shown where there is room for one
  /** @type {string[] | null} */
  #chosen = null  // the panes of a presentation

  /**
   * @param {HTMLElement} root
   * @param {PaneLayoutActions} actions
   */
  constructor(root, actions) {
    this.#root = root
    this.#actions = actions
    this.#host = find(root, ".panes")
    this.#panes = elements(this.#host, ":scope > .pane")
    this.#tabs = elements(root, ".tabs [role=tab]")
    this.#splitters = elements(root, ".splitter")
    this.#arrangement = arrangementOf(remembered("layout"), this.#panes.map(nameOf))
    listenToTabs(this.#tabs, i => this.open(nameOf(this.#tabs[i])))
    this.#splitters.forEach((splitter, i) => this.#listenToSplitter(splitter, i))
    this.#host.addEventListener("click", event => {
      const pane = targetOf(event)?.closest(".maximise")?.closest(".pane")
      if (pane instanceof HTMLElement) this.toggleAlone(nameOf(pane))
    })
    find(root, ".arrange").addEventListener("click", () => this.#arrange({isStacked: !this.#arrangement.isStacked}))
    this.#narrow.addEventListener("change", () => {
      this.#draw()
      actions.shown()
    })
    this.#draw()
  }

  /** Whether one pane is shown at a time. */
  get isNarrow() { return this.#narrow.matches }

  /** The pane that is shown where there is room for one. */
  get opened() { return this.#open }

  /** The pane that has all the room; empty without one. */
  get alone() { return this.isNarrow || this.#chosen ? "" : this.#arrangement.alone }

  /** @param {string} pane */
  isInSight(pane) {
    if (this.#chosen) return this.#chosen.includes(pane)
    if (this.isNarrow) return pane === this.#open
    return !this.alone || pane === this.alone
  }

  /** Show these panes alone; null shows what there is room for. @param {string[] | null} panes */
  choose(panes) {
    this.#chosen = panes
    this.#draw()
    this.#actions.shown()
  }

  /** Something beside the panes took room, or gave it back. */
  relayout() {
    this.#draw()
    this.#actions.shown()
    this.#actions.resized()
  }

  /** Bring a pane in sight. @param {string} pane */
  open(pane) {
    if (this.alone && this.alone !== pane) this.#arrange({alone: pane})
    if (this.#open === pane) return
    this.#open = pane
    this.#draw()
    this.#actions.shown()
  }

  /** Give a pane all the room, or no longer; without a name the one that is looked at. @param {string} [pane] */
  toggleAlone(pane = this.#looked) {
    if (this.isNarrow || this.#chosen) return
    this.#arrange({alone: this.alone ? "" : pane})
  }

  /** The pane with the focus, else that under the pointer, else the first. */
  get #looked() {
    const place = document.activeElement?.closest(".pane") ?? this.#host.querySelector(".pane:hover")
    return place instanceof HTMLElement ? nameOf(place) : nameOf(this.#panes[0])
  }

  /** @param {Partial<Arrangement>} change */
  #arrange(change) {
    this.#arrangement = {...this.#arrangement, ...change}
    remember("layout", JSON.stringify(this.#arrangement))
    this.#draw()
    this.#actions.shown()
    this.#actions.resized()
  }

  // ---------------------------------------------------------------- drawing

  #draw() {
    const {isStacked} = this.#arrangement
    this.#root.classList.toggle("narrow", this.isNarrow && !this.#chosen)
    markChosenTab(this.#tabs, tab => nameOf(tab) === this.#open)
    for (const pane of this.#panes) {
      pane.hidden = !this.isInSight(nameOf(pane))
      const maximise = find(pane, ".maximise")
      maximise.setAttribute("aria-pressed", String(this.alone === nameOf(pane)))
    }
    find(this.#root, ".arrange").setAttribute("aria-pressed", String(isStacked))
    this.#host.classList.toggle("stacked", isStacked && !this.#chosen && !this.isNarrow)
    this.#splitters.forEach((splitter, i) => this.#drawSplitter(splitter, i))
    const [along, across] = this.#tracks
    this.#host.style.gridTemplateColumns = isStacked ? across : along
    this.#host.style.gridTemplateRows = isStacked ? along : across
  }

  /** The grid along the panes and across them; empty for what the style says. */
  get #tracks() {
    if (this.isNarrow && !this.#chosen) return ["", ""]
    const count = this.#chosen?.length ?? (this.alone ? 1 : 0)
    const shares = this.#arrangement.shares.map(share => `minmax(0, ${share}fr)`)
    return [count ? `repeat(${count}, minmax(0, 1fr))` : shares.join(` ${BORDER} `), "minmax(0, 1fr)"]
  }

  /** @param {HTMLElement} splitter @param {number} i */
  #drawSplitter(splitter, i) {
    const [before, after] = this.#arrangement.shares.slice(i, i + 2)
    for (const [name, value] of Object.entries({now: before, min: LEAST_SHARE, max: before + after - LEAST_SHARE})) {
      splitter.setAttribute(`aria-value${name}`, String(Math.round(value)))
    }
    splitter.setAttribute("aria-orientation", this.#arrangement.isStacked ? "horizontal" : "vertical")
    splitter.hidden = this.#chosen !== null || this.alone !== ""
  }

  /** @param {HTMLElement} splitter @param {number} i */
  #listenToSplitter(splitter, i) {
    /** @param {number} by */
    const move = by => {
      this.#arrangement = {...this.#arrangement, shares: withMovedBorder(this.#arrangement.shares, i, by)}
      this.#draw()
    }
    const keep = () => this.#arrange({})
    splitter.addEventListener("keydown", event => {
      const [back, on] = this.#arrangement.isStacked ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"]
      if (event.key !== back && event.key !== on) return
      event.preventDefault()
      event.stopPropagation()
      move(event.key === on ? STEP : -STEP)
      keep()
    })
    splitter.addEventListener("pointerdown", event => {
      splitter.setPointerCapture(event.pointerId)
      event.preventDefault()
    })
    splitter.addEventListener("pointermove", event => {
      if (!event.buttons) return
      const [by, room] = this.#arrangement.isStacked ? [event.movementY, this.#host.clientHeight] : [event.movementX, this.#host.clientWidth]
      move(by / room * 100)
    })
    splitter.addEventListener("pointerup", keep)
  }
}

/** @param {HTMLElement} host @param {string} selector */
function elements(host, selector) { return [...host.querySelectorAll(selector)].filter(found => found instanceof HTMLElement) }

/** The pane that an element stands for. @param {HTMLElement} place */
function nameOf(place) { return place.dataset.pane ?? "" }
