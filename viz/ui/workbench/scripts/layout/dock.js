// The dock below the panes: its tabs hold the answers. Its height is that of the tab, whatever this shows.
import {find} from "../../../../render/web/elements.js"
import {NARROW} from "./pane_layout.js"
import {listenToTabs, markChosenTab} from "./tab_list.js"
import {_} from "../language/words.js"

const FIRST = "explain"

/** A sheet over the panes waits until it is wanted. */
function isOpenAtFirst() { return !matchMedia(NARROW).matches }

export class Dock {
  #root
  #host
  #step
  #onChange
  #fold
  #tabs
  #dot
  #isOpen = isOpenAtFirst()
  #shown = FIRST

  /**
   * @param {HTMLElement} root
   * @param {(act: () => void) => void} step does what the user asked for, so that there is a way back
   * @param {() => void} onChange called when it opens or closes, or shows another tab
   */
  constructor(root, step, onChange) {
    this.#step = step
    this.#root = root
    this.#host = find(root, ".dock")
    this.#onChange = onChange
    this.#fold = find(this.#host, ".fold-dock", HTMLButtonElement)
    this.#fold.addEventListener("click", () => this.toggle())
    this.#dot = find(this.#host, ".verdict-dot")
    this.#tabs = [...this.#host.querySelectorAll("[role=tab]")].filter(tab => tab instanceof HTMLElement)
    listenToTabs(this.#tabs, i => this.show(this.#tabs[i].dataset.tab ?? ""))
    this.#draw()
  }

  get isOpen() { return this.#isOpen }

  /** The tab that is shown, also while the dock is folded. */
  get shown() { return this.#shown }

  /** Put the focus on the tab that is shown. */
  focus() { this.#tabs.find(tab => tab.dataset.tab === this.#shown)?.focus() }

  /** What is shown, for a link: a tab, "none" when it is folded, nothing when it is as at first. */
  get look() {
    if (this.#isOpen === isOpenAtFirst() && this.#shown === FIRST) return ""
    return this.#isOpen ? this.#shown : "none"
  }

  toggle() { this.#step(() => this.#set(!this.#isOpen, this.#shown)) }

  /** Show what was shown at another time. @param {string} look */
  restore(look) {
    const isKnown = this.#tabs.some(({dataset}) => dataset.tab === look)
    this.#set(look ? look !== "none" : isOpenAtFirst(), isKnown ? look : FIRST)
  }

  /** @param {boolean} isOpen @param {string} shown */
  #set(isOpen, shown) {
    if (isOpen === this.#isOpen && shown === this.#shown) return
    this.#isOpen = isOpen
    this.#shown = shown
    this.#draw()
    this.#onChange()
  }

  /**
   * Show a tab; a folded dock opens.
   * @param {string} name
   */
  show(name) { this.#step(() => this.#set(true, name)) }

  /** Show a tab of a program that was just opened, where nothing else was chosen. @param {string} name */
  begin(name) { if (this.#isOpen && this.#shown === FIRST) this.#set(true, name) }

  /**
   * Show a tab by its number, from 1, and put the focus on it. Returns whether there is one.
   * @param {number} number
   */
  showNumber(number) {
    const tab = this.#tabs[number - 1]
    if (!tab || tab.hidden) return false
    this.show(tab.dataset.tab ?? "")
    tab.focus()
    return true
  }

  /**
   * Show the last verdict on the tab Run: green, red, or grey when it is not of the text any more.
   * @param {"good" | "bad" | "past"} state
   * @param {string} words
   */
  setDot(state, words) {
    this.#dot.hidden = false
    this.#dot.className = `verdict-dot ${state}`
    this.#dot.setAttribute("aria-label", words)
    this.#dot.title = words
  }

  #draw() {
    this.#root.classList.toggle("dock-closed", !this.#isOpen)
    this.#root.dataset.dock = this.#shown
    this.#fold.setAttribute("aria-expanded", String(this.#isOpen))
    this.#fold.textContent = this.#isOpen ? "⌄" : "⌃"
    this.#fold.title = this.#isOpen ? _("Fold the dock (Ctrl+J)") : _("Open the dock (Ctrl+J)")
    this.#fold.setAttribute("aria-label", this.#fold.title)
    markChosenTab(this.#tabs, tab => tab.dataset.tab === this.#shown)
    for (const tab of this.#tabs) {
      find(this.#host, `#${tab.getAttribute("aria-controls")}`).hidden = tab.dataset.tab !== this.#shown
    }
  }
}
