// The code of a notebook, as viz/frontend/notebook.py reads it, and the names of places in it.
import {_} from "../language/words.js"

const MARK = /^# %% cell (\d+)[ \t]*$/

/**
 * The code of a notebook, its cells in order with a mark before each; null where it has none.
 * @param {string} text the JSON of an .ipynb file
 * @returns {string | null}
 */
export function sourceOfNotebook(text) {
  let notebook
  try {
    notebook = JSON.parse(text)
  } catch {
    return null
  }
  const cells = notebook.cells ?? notebook.worksheets?.flatMap((/** @type {any} */ sheet) => sheet.cells) ?? []
  const sources = cells
    .filter((/** @type {any} */ cell) => cell.cell_type === "code")
    .map((/** @type {any} */ cell) => [cell.source ?? cell.input ?? ""].flat().join(""))
    .filter((/** @type {string} */ source) => source.trim())
  if (!sources.length) return null
  return sources.map((/** @type {string} */ source, /** @type {number} */ index) =>
    `# %% cell ${index + 1}\n${source.trimEnd()}\n`).join("\n")
}

/**
 * "Line 7", or "Cell 3, line 2" in the code of a notebook.
 * @param {string} text
 * @param {number} offset
 */
export function placeName(text, offset) {
  const lines = text.slice(0, offset).split("\n")
  lines[lines.length - 1] += text.slice(offset).split("\n", 1)[0]
  for (let index = lines.length - 1; index >= 0; index--) {
    const mark = MARK.exec(lines[index])
    if (mark) return _("Cell {cell}, line {line}", {cell: mark[1], line: String(lines.length - 1 - index)})
  }
  return _("Line {line}", {line: String(lines.length)})
}
