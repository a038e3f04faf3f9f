// Notice when somebody turns to another part of the page: who goes to another page at once shall find there what
// was typed.
import {targetOf} from "../../../../render/web/elements.js"

const EVENTS = ["pointerdown", "keydown"]

export class Leaving {
  #root
  #act

  /**
   * @param {HTMLElement} root
   * @param {() => void} act called with each press outside of it
   */
  constructor(root, act) {
    this.#root = root
    this.#act = act
    for (const kind of EVENTS) document.addEventListener(kind, this.#onPress, {capture: true})
  }

  close() { for (const kind of EVENTS) document.removeEventListener(kind, this.#onPress, {capture: true}) }

  /** @param {Event} event */
  #onPress = event => { if (!this.#root.contains(targetOf(event))) this.#act() }
}
