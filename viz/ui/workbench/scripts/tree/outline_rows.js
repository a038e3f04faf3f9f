// Which rows an outline has: the nodes in pre-order, without what is folded away.

/** @import {NodeTree, TreeNode} from "../../../../render/web/model.js" */

/** @typedef {{node: TreeNode, level: number, hasInside: boolean, isOpen: boolean}} OutlineRow */

const HIDDEN = new Set(["type", "other"])  // types and bookkeeping

/** @param {NodeTree} tree @param {number} id */
function shownChildren(tree, id) {
  return (tree.get(id)?.children ?? []).filter(child => !HIDDEN.has(tree.get(child)?.kind ?? "other"))
}

/**
 * Whether a node is open as long as nobody folds it: statements are, and expressions that stand in one.
 * @param {NodeTree} tree @param {TreeNode} node
 */
function isOpenAtFirst(tree, node) {
  return node.kind !== "expr" || tree.get(node.parent)?.kind !== "expr"
}

/**
 * The rows of a tree.
 * @param {NodeTree} tree
 * @param {ReadonlySet<string>} toggled paths of nodes that somebody folded, or opened where they are folded at first
 * @param {number} most rows
 * @returns {OutlineRow[]}
 */
export function outlineRows(tree, toggled, most) {
  /** @type {OutlineRow[]} */
  const rows = []
  /** @type {[id: number, level: number][]} */
  const waiting = [[0, 1]]
  while (waiting.length && rows.length < most) {
    const [id, level] = /** @type {[number, number]} */ (waiting.pop())
    const node = tree.get(id)
    if (!node) continue
    const inside = shownChildren(tree, id)
    const isOpen = isOpenAtFirst(tree, node) !== toggled.has(tree.path(id))
    rows.push({node, level, hasInside: inside.length > 0, isOpen})
    if (isOpen) waiting.push(...inside.reverse().map(child => /** @type {[number, number]} */ ([child, level + 1])))
  }
  return rows
}

/**
 * The paths to toggle so that a node has a row.
 * @param {NodeTree} tree
 * @param {ReadonlySet<string>} toggled
 * @param {number} id
 */
export function toggledTo(tree, toggled, id) {
  const paths = new Set(toggled)
  const [, ...around] = tree.upwards(id)
  for (const outer of around) {
    const node = tree.get(outer)
    const path = tree.path(outer)
    if (!node || isOpenAtFirst(tree, node) !== paths.has(path)) continue
    if (paths.has(path)) paths.delete(path)
    else paths.add(path)
  }
  return paths
}
