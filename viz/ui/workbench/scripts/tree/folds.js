// Which nodes are folded and unfolded by hand, as paths: a node's path outlasts an edit elsewhere.

/** @typedef {{folded: string[], unfolded: string[]}} Folds */

/**
 * Fold a node, or unfold what is hidden below it.
 * @param {Folds} folds
 * @param {string} path
 * @param {boolean} hides whether something below it is hidden
 * @returns {Folds}
 */
export function toggledFold({folded, unfolded}, path, hides) {
  if (folded.includes(path)) return {folded: without(folded, path), unfolded}
  if (hides) return {folded, unfolded: [...unfolded, path]}
  return {folded: [...folded, path], unfolded: without(unfolded, path)}
}

/**
 * Show also the types and the bookkeeping of a node, or no longer.
 * @param {Folds} folds
 * @param {string} path
 * @returns {Folds}
 */
export function toggledTypes({folded, unfolded}, path) {
  return {
    folded: without(folded, path),
    unfolded: unfolded.includes(path) ? without(unfolded, path) : [...unfolded, path],
  }
}

/**
 * Unfold so that a node is drawn: the nodes around it that were folded by hand, else all that are not drawn.
 * @param {Folds} folds
 * @param {{path: string, isDrawn: boolean}[]} enclosing the nodes around it, innermost first
 * @returns {Folds}
 */
export function unfoldedTo({folded, unfolded}, enclosing) {
  const paths = enclosing.map(({path}) => path)
  const remaining = folded.filter(path => !paths.includes(path))
  if (remaining.length < folded.length) return {folded: remaining, unfolded}
  const hidden = paths.slice(0, enclosing.findIndex(({isDrawn}) => isDrawn) + 1)
  return {folded, unfolded: [...new Set([...unfolded, ...hidden])]}
}

/** @param {string[]} paths @param {string} path */
function without(paths, path) { return paths.filter(other => other !== path) }
