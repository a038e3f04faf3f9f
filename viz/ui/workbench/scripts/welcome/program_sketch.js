// Sketch a program from the words of its text: one row a statement, as deep as it is nested.

/** @typedef {"func" | "loop" | "block" | "branch" | "buffer" | "store" | "other"} RowKind */
/** @typedef {{depth: number, kind: RowKind}} SketchRow */

/** Rows of a sketch; what follows is left out. */
export const MOST_ROWS = 14

/** @type {[kind: RowKind, pattern: RegExp][]} */
const KINDS = [
  ["func", /^(def|class)\b/],
  ["loop", /^(for|while)\b/],
  ["block", /^with\b/],
  ["branch", /^(if|elif|else)\b/],
  ["buffer", /^\w+(: [^=]+)? = T\.(sblock_)?(alloc|decl|match)\w*\(/],
  ["store", /^\w+\[.*\] = /],
]
// Lines that are no statement of the program: decorators, attributes, parameters on lines of their own.
const SKIPPED = /^(@|#|\)|T\.(func_attr|sblock_attr|reads|writes)\b|\w+: T\.\w+\(.*\),$|import\b|from\b)/

/**
 * The rows of the first definition of a text.
 * @param {string} text
 * @returns {SketchRow[]}
 */
export function sketched(text) {
  const lines = text.split("\n")
  const first = lines.findIndex(line => line.startsWith("@"))
  const rest = lines.slice(Math.max(first, 0))
  const end = rest.findIndex(line => line.startsWith("def reference("))
  /** @type {SketchRow[]} */
  const rows = []
  /** @type {number[]} */
  const margins = []  // of the statements around
  for (const line of end < 0 ? rest : rest.slice(0, end)) {
    const words = line.trim()
    if (!words || SKIPPED.test(words)) continue
    const margin = line.length - line.trimStart().length
    while (margins.length && margins[margins.length - 1] >= margin) margins.pop()
    const kind = KINDS.find(([, pattern]) => pattern.test(words))?.[0] ?? "other"
    if (!margin && kind !== "func") break
    rows.push({depth: margins.length, kind})
    margins.push(margin)
  }
  return rows.slice(0, MOST_ROWS)
}
