// Search the nodes of a tree by type and label, and go from hit to hit.
import {_, number} from "../language/words.js"

/** @import {NodeTree} from "../../../../render/web/model.js" */

export class NodeSearch {
  #words = ""
  #at = -1
  /** @type {number[]} */
  #hits = []

  /** The ids of the nodes that have what is searched for. */
  get hits() { return this.#hits }

  /**
   * Search, and go on by so many hits. Returns the hit that was gone to, or undefined.
   * @param {NodeTree | undefined} tree
   * @param {string} words
   * @param {-1 | 0 | 1} step
   */
  seek(tree, words, step) {
    const wanted = words.trim().toLowerCase()
    this.#hits = wanted && tree ? matching(tree, wanted) : []
    if (this.#words !== wanted) this.#at = step < 0 ? 0 : -1
    this.#words = wanted
    if (!step || !this.#hits.length) return undefined
    this.#at = (this.#at + step + this.#hits.length) % this.#hits.length
    return this.#hits[this.#at]
  }

  /** How many there are, and at which it stands. */
  get report() {
    const count = this.#hits.length
    if (!this.#words) return ""
    return !count ? _("none") : this.#at < 0 ? number(count) : _("{place} of {count}", {place: this.#at + 1, count})
  }
}

/** @param {NodeTree} tree @param {string} wanted */
function matching(tree, wanted) {
  return [...tree.nodes.values()]
    .filter(({kind, title, label, key}) => kind !== "type" && `${title} ${label} ${key}`.toLowerCase().includes(wanted))
    .map(({id}) => id)
}
