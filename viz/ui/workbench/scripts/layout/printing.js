// Make the page fit for paper while it is printed: the whole text of the editor, which draws only the lines in sight, and the light theme.
import {find} from "../../../../render/web/elements.js"

/**
 * What is read and set while the page is printed.
 * @typedef {{text: () => string, isDark: () => boolean, setDark: (isDark: boolean) => void}} PrintContext
 */

export class Printing {
  #paper = matchMedia("print")
  #root
  #context
  #wasDark = false

  /**
   * @param {HTMLElement} root
   * @param {PrintContext} context
   */
  constructor(root, context) {
    this.#root = root
    this.#context = context
    this.#paper.addEventListener("change", this.#onChange)
  }

  close() { this.#paper.removeEventListener("change", this.#onChange) }

  #onChange = () => {
    const {text, isDark, setDark} = this.#context
    const isPrinted = this.#paper.matches
    find(this.#root, ".printed-text").textContent = isPrinted ? text() : ""
    if (isPrinted) this.#wasDark = isDark()
    if (this.#wasDark) setDark(!isPrinted)
  }
}
