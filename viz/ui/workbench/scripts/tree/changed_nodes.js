// Find what a pass changed among the nodes that are drawn.

/** @import {NodeTree} from "../../../../render/web/model.js" */

/**
 * The drawn nodes that a pass changed; if none of them is drawn, the nearest drawn nodes that hold them.
 * @template T
 * @param {Map<number, T>} drawn by id
 * @param {Pick<NodeTree, "nearest"> | undefined} tree
 * @param {number[]} changed
 * @returns {T[]}
 */
export function changedNodes(drawn, tree, changed) {
  const own = changed.filter(id => drawn.has(id))
  const holding = own.length ? own : changed.map(id => tree?.nearest(id, outer => drawn.has(outer)))
  return [...new Set(holding)].flatMap(id => id === undefined ? [] : drawn.get(id) ?? [])
}
