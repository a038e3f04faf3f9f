// A plain field for the program, until Monaco is there: on a slow line that takes ten seconds.
import {element} from "../../../../render/web/elements.js"

/** @import {Span} from "../../../../render/web/packed.d.ts" */

/**
 * What the field calls: `changed` says whether all of the text was replaced.
 * @typedef {{changed: (isWhole: boolean) => void, analyse: () => void, isReadOnly: boolean}} PlainEditorActions
 */

export class PlainEditor {
  #actions
  #area = element("textarea", "plain")
  #isComposing = false

  /**
   * @param {HTMLElement} host
   * @param {string} text
   * @param {PlainEditorActions} actions
   */
  constructor(host, text, actions) {
    this.#actions = actions
    const area = this.#area
    Object.assign(area, {value: text, readOnly: actions.isReadOnly, spellcheck: false, autocapitalize: "off", wrap: "off"})
    area.setAttribute("aria-label", "TVMScript")
    area.addEventListener("input", () => actions.changed(false))
    area.addEventListener("compositionstart", () => { this.#isComposing = true })
    area.addEventListener("compositionend", () => { this.#isComposing = false })
    area.addEventListener("keydown", event => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return
      event.preventDefault()
      actions.analyse()
    })
    host.replaceChildren(area)
  }

  get text() { return this.#area.value }

  /** @param {string} text */
  replace(text) {
    this.#area.value = text
    this.#area.scrollTo(0, 0)
    this.#actions.changed(true)
  }

  focus() { this.#area.focus() }

  /**
   * The text, and what is selected if somebody is at work here, as soon as no word is being composed, as Chinese
   * is: to take the field away would lose it.
   * @returns {Promise<{text: string, selection: Span | null}>}
   */
  async settled() {
    if (this.#isComposing) await new Promise(done => { this.#area.addEventListener("compositionend", done, {once: true}) })
    const {value: text, selectionStart, selectionEnd} = this.#area
    return {text, selection: document.activeElement === this.#area ? [selectionStart, selectionEnd] : null}
  }
}
