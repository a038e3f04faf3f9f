// The dock below the panes: its tabs hold the answers. Its height does not depend on what it shows.
import {find} from "../../../render/web/elements.js"

export class Dock {
  #root
  #host
  #onChange
  #fold
  #isOpen = true

  /**
   * @param {HTMLElement} root
   * @param {() => void} onChange called when it opens or closes
   */
  constructor(root, onChange) {
    this.#root = root
    this.#host = find(root, ".dock")
    this.#onChange = onChange
    this.#fold = find(this.#host, ".fold-dock", HTMLButtonElement)
    this.#fold.addEventListener("click", () => this.toggle())
    this.#draw()
  }

  get isOpen() { return this.#isOpen }

  toggle() {
    this.#isOpen = !this.#isOpen
    this.#draw()
    this.#onChange()
  }

  #draw() {
    this.#root.classList.toggle("dock-closed", !this.#isOpen)
    this.#fold.setAttribute("aria-expanded", String(this.#isOpen))
    this.#fold.textContent = this.#isOpen ? "⌄" : "⌃"
    this.#fold.title = this.#isOpen ? "Fold the dock (Ctrl+J)" : "Open the dock (Ctrl+J)"
    this.#fold.setAttribute("aria-label", this.#fold.title)
  }
}
