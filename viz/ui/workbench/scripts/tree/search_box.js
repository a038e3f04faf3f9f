// The search field of the tree pane.
import {find} from "../../../../render/web/elements.js"
import {NodeSearch} from "./node_search.js"

/** @import {NodeTree} from "../../../../render/web/model.js" */

/**
 * What a search needs: the tree that is searched, and what is called with the node that it goes to, after a
 * change of the hits, and on Escape.
 * @typedef {{tree: () => NodeTree | undefined, goTo: (tree: NodeTree, id: number) => void, changed: () => void,
 *   leave: () => void}} SearchContext
 */

export class SearchBox {
  #field
  #report
  #context
  #search = new NodeSearch()

  /**
   * @param {HTMLElement} pane
   * @param {SearchContext} context
   */
  constructor(pane, context) {
    this.#field = find(pane, ".search", HTMLInputElement)
    this.#report = find(pane, ".hits")
    this.#context = context
    this.#field.addEventListener("input", () => this.#seek(0))
    this.#field.addEventListener("keydown", event => {
      if (event.key === "Enter") this.#seek(event.shiftKey ? -1 : 1)
      else if (event.key === "Escape") this.#end()
      else return
      event.preventDefault()
      event.stopPropagation()
    })
  }

  /** The nodes that have what is searched for. */
  get hits() { return this.#search.hits }

  focus() { this.#field.focus() }

  #end() {
    this.#field.value = ""
    this.#seek(0)
    this.#context.leave()
  }

  /**
   * Search for what is typed; go on by so many hits.
   * @param {-1 | 0 | 1} step
   */
  #seek(step) {
    const tree = this.#context.tree()
    const id = this.#search.seek(tree, this.#field.value, step)
    this.#report.textContent = this.#search.report
    this.#context.changed()
    if (tree && id !== undefined) this.#context.goTo(tree, id)
  }
}
