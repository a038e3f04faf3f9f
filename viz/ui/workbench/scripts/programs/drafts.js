// Keep in the browser what the user typed: several drafts, the latest first, so that another program that is
// opened takes the place of none of them.
import {remember, remembered} from "../sharing/remembered.js"

/** @import {WorkspaceValues} from "../frames.d.ts" */

/**
 * What was typed at one program; `when` in milliseconds since 1970.
 * @typedef {{id: string, when: number, values: WorkspaceValues}} Draft
 */

export const MOST_DRAFTS = 10
const MOST_CHARACTERS = 2_000_000  // of all together: a browser keeps about five million

/**
 * Drafts with another one, or another state of one, in the first place; the oldest ones go when it gets too many.
 * @param {Draft[]} drafts
 * @param {Draft} draft
 */
export function withDraft(drafts, draft) {
  let room = MOST_CHARACTERS
  return [draft, ...drafts.filter(({id}) => id !== draft.id)].slice(0, MOST_DRAFTS).filter(({values}, i) => {
    room -= values.text.length
    return i === 0 || room >= 0
  })
}

export class Drafts {
  #id = ""  // the draft that is written; empty until something is typed

  /** @param {string} id the draft that the text in the editor is; empty for none */
  continue(id) { this.#id = id }

  get id() { return this.#id }

  /** All drafts, the latest first. @returns {Draft[]} */
  get all() {
    try {
      const kept = JSON.parse(remembered("drafts") ?? "[]")
      return Array.isArray(kept) ? kept.filter(draft => typeof draft?.values?.text === "string") : []
    } catch {
      return []
    }
  }

  /** @param {string} id */
  find(id) { return this.all.find(draft => draft.id === id) }

  /** The draft with a text; undefined without one. @param {string} text */
  withText(text) { return this.all.find(({values}) => values.text === text) }

  /** The latest draft besides the one that is written. @param {string} text what is in the editor */
  latestBesides(text) { return this.all.find(({id, values}) => id !== this.#id && values.text !== text) }

  /** Something is typed: it belongs to the draft that is written, or to a new one. Returns whether it is new. */
  begin() {
    if (this.#id) return false
    this.#id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`
    return true
  }

  /** @param {WorkspaceValues} values */
  keep(values) {
    this.begin()
    remember("drafts", JSON.stringify(withDraft(this.all, {id: this.#id, when: Date.now(), values})))
  }
}
