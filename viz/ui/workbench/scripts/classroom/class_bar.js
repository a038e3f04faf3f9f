// The strip below the toolbar while this page is in a class: which one, how it goes, what can be done.
import {element, find} from "../../../../render/web/elements.js"
import {Controls} from "../layout/controls.js"
import {_} from "../language/words.js"

export class ClassBar {
  #root
  #host
  #acts
  #resized

  /**
   * @param {HTMLElement} root
   * @param {() => void} resized called when the strip takes room, or gives it back
   */
  constructor(root, resized) {
    this.#root = root
    this.#host = find(root, ".class-bar")
    this.#acts = new Controls(find(this.#host, ".class-acts"))
    this.#resized = resized
    /** What is asked stands here. */
    this.question = find(this.#host, ".class-question")
  }

  /**
   * @param {"leading" | "following" | "away"} role
   * @param {string} code
   * @param {string} state how it goes, in words
   * @param {boolean} isSteady whether all is as it should be: where room is short, that is not said
   * @param {[name: string, words: string, title: string, act: () => void, key?: string][]} acts
   */
  show(role, code, state, isSteady, acts) {
    const isNew = this.#host.hidden
    this.#host.hidden = false
    this.#host.dataset.role = role
    this.#host.classList.toggle("steady", isSteady)
    this.#root.classList.add("in-class")
    this.#root.classList.toggle("leading", role === "leading")
    find(this.#host, ".class-name").replaceChildren(_("Class"), " ", element("code", "", spaced(code)))
    const status = find(this.#host, ".class-state")
    if (status.textContent !== state) status.textContent = state
    this.#acts.draw(acts.map(([name, words]) => [name, words]), () => acts.map(([name, words, title, act, key]) => {
      const made = element("button", name, words, ...key ? [" ", element("kbd", "", key)] : [])
      made.type = "button"
      made.title = title
      if (words === "✕") made.setAttribute("aria-label", title)
      made.dataset.name = name
      made.addEventListener("click", act)
      return made
    }))
    if (isNew) this.#resized()
  }

  focus() { find(this.#host, ".class-acts button").focus() }

  hide() {
    if (this.#host.hidden) return
    this.#host.hidden = true
    this.question.replaceChildren()
    this.#root.classList.remove("in-class", "leading")
    this.#resized()
  }
}

/** A code in two halves, as it is read aloud. @param {string} code */
export function spaced(code) { return code.replace(/^(.{4})(?=.)/, "$1 ") }
