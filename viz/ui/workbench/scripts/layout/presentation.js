// Show the workspace to a room: large type, no controls, and the panes that the keys 1 to 3 choose.
import {find} from "../../../../render/web/elements.js"

export const PANES = ["script", "tree", "source"]
const AT_FIRST = ["script", "source"]

/**
 * The panes in sight after one of them was shown or hidden; the last one stays.
 * @param {string[]} shown
 * @param {string} pane
 */
export function withToggled(shown, pane) {
  if (!shown.includes(pane)) return PANES.filter(name => name === pane || shown.includes(name))
  return shown.length > 1 ? shown.filter(name => name !== pane) : shown
}

/**
 * What a presentation changes: `show` gets the panes in sight, or null at the end of it; `titleOf` is the
 * program's.
 * @typedef {{show: (panes: string[] | null) => void, title: () => string}} PresentationActions
 */

export class Presentation {
  #root
  #actions
  /** @type {string[]} */
  #shown
  #isOn = false

  /**
   * @param {HTMLElement} root
   * @param {PresentationActions} actions
   * @param {string[]} [shown] its panes at first
   */
  constructor(root, actions, shown = AT_FIRST) {
    this.#shown = shown
    this.#root = root
    this.#actions = actions
    find(root, ".present").addEventListener("click", () => this.toggle())
    find(root, ".end-presentation").addEventListener("click", () => this.toggle())
  }

  get isOn() { return this.#isOn }

  /** Its panes. */
  get shown() { return this.#shown }

  toggle() {
    this.#isOn = !this.#isOn
    this.#root.classList.toggle("presenting", this.#isOn)
    find(this.#root, ".presented").textContent = this.#actions.title()
    const address = new URL(location.href)
    if (this.#isOn) address.searchParams.set("present", "1")
    else address.searchParams.delete("present")
    history.replaceState(history.state, "", address)
    this.#actions.show(this.#isOn ? this.#shown : null)
  }

  /** Show or hide a pane. @param {number} number from 1 */
  togglePane(number) {
    this.#shown = withToggled(this.#shown, PANES[number - 1])
    this.#actions.show(this.#shown)
  }
}

/** Whether the page's address asks for a presentation. @param {string} search */
export function isAskedFor(search) { return new URLSearchParams(search).get("present") === "1" }
