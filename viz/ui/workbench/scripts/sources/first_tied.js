// Find where a source begins to be about the user's program.

/** @import {Mark} from "../../../../render/web/lines.js" */
/** @import {LinkModel} from "../../../../render/web/model.js" */

/**
 * The offset of the first character of a text that comes from a statement of the user's, or from a part of one;
 * undefined as long as origins are unknown, -1 where there is none.
 * @param {LinkModel | undefined} model
 * @param {string} target the name of the tree that it is written from
 * @param {Mark[]} marks of the text
 */
export function firstTied(model, target, marks) {
  const derived = model?.derived.get(target)
  if (model && target === "input") return marks.find(([, , node]) => model.tree(target)?.get(node)?.kind === "stmt")?.[0] ?? -1
  if (!model || !derived?.origins.size) return undefined
  const {tree} = model.program
  /** @param {number} id */
  const isTied = id => {
    const origin = derived.origins.get(id)
    if (!origin?.span) return false
    // A parameter is no part of a statement: what is read from it comes before the program's own text.
    return tree.nearest(origin.input, outer => tree.get(outer)?.kind === "stmt") !== undefined
  }
  return marks.find(([, , node]) => isTied(node))?.[0] ?? -1
}
