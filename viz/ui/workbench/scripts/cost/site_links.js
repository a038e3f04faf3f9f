// Tie the rows of accesses to nodes of the final tree, so that what is pointed at lights its row.
import {linked} from "../../../../render/web/links.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {AccessSite} from "./cost_frames.d.ts" */

/** The tree whose nodes the accesses are. */
export const TARGET = "cuda"

/**
 * The accesses that a reference is linked to: at its own nodes, or at the nearest around them. What stands around
 * an access, such as a loop, is linked to none.
 * @param {LinkModel | undefined} model
 * @param {Ref | null} ref
 * @param {AccessSite[]} sites
 * @returns {AccessSite[]}
 */
export function sitesAt(model, ref, sites) {
  const derived = model?.derived.get(TARGET)
  if (!model || !ref || !derived || !model.tree(ref.tree)) return []
  const ids = ref.tree === TARGET ? ref.ids : [...linked(model, ref, [TARGET]).trees.get(TARGET)?.keys() ?? []]
  const known = new Set(sites.flatMap(({node}) => node ?? []))
  const found = new Set(ids.map(id => derived.tree.nearest(id, outer => known.has(outer))))
  return sites.filter(({node}) => node !== null && found.has(node))
}

/**
 * The line of a place in a text, from 1, and the place in UTF-16 units; spans count code points.
 * @param {string} text
 * @param {number} offset
 */
export function lineAt(text, offset) {
  let line = 1, at = 0
  for (const letter of text) {
    if (at++ === offset) break
    if (letter === "\n") line++
  }
  return line
}
