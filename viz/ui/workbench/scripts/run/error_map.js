// Draw where an output is wrong: a square for each cell, the darker the larger its error.
import {element} from "../../../../render/web/elements.js"
import {_, number} from "../language/words.js"

/** @import {ErrorMap} from "../frames.d.ts" */

const LEVELS = 4
const ROUNDING = 1e-9  // of logarithms
const WIDE = 320, HIGH = 168  // pixels of the largest drawing
const MOST = 14  // pixels of a square with the gap after it
const LEAST_GAP = 4  // pixels of a square that has a gap
const SVG = "http://www.w3.org/2000/svg"

/**
 * How large the error of each cell is beside the others, on a logarithmic scale: 1 to 4, 5 where it is not finite.
 * @param {(number | null)[]} errors
 */
export function levels(errors) {
  const logs = errors.flatMap(error => error ? [Math.log(error)] : [])
  const least = Math.min(...logs), range = Math.max(...logs) - least
  return errors.map(error => {
    if (error === null) return LEVELS + 1
    return range > 0 ? Math.min(LEVELS, 1 + Math.floor((Math.log(error) - least) / range * LEVELS + ROUNDING)) : LEVELS
  })
}

/**
 * The index of the first element of a cell, in each dimension of the output.
 * @param {Pick<ErrorMap, "columns" | "height" | "width" | "row" | "shape">} map
 * @param {number} cell
 */
export function firstIndex({columns, height, width, row, shape}, cell) {
  let flat = Math.floor(cell / columns) * height * row + cell % columns * width
  return shape.map((_extent, i) => {
    const inside = shape.slice(i + 1).reduce((product, each) => product * each, 1)
    const at = Math.floor(flat / inside)
    flat -= at * inside
    return at
  })
}

/**
 * The drawing with its words.
 * @param {string} name of the output
 * @param {ErrorMap} map
 */
export function errorMap(name, map) {
  const {rows, columns, cells, height, width, row, shape, title, words} = map
  const room = Math.min(MOST, WIDE / columns, HIGH / rows)
  const pitch = room < LEAST_GAP ? room : Math.floor(room)
  const side = room < LEAST_GAP ? pitch : pitch - 1
  const drawing = svg("svg", {
    class: "error-map", role: "img", "aria-label": `${title} ${words}`, viewBox: `0 0 ${columns * pitch} ${rows * pitch}`,
    width: columns * pitch, height: rows * pitch})
  drawing.append(...rightCells(map, pitch, side))
  const found = levels(cells.map(([, , error]) => error))
  drawing.append(...cells.map(([cell, wrong, error], i) => {
    const square = svg("rect", {class: `level${found[i]}`, x: cell % columns * pitch, y: Math.floor(cell / columns) * pitch, width: side, height: side})
    const tooltip = svg("title", {})
    tooltip.textContent = _("{name}{index}: largest error {error}, wrong elements: {count}",
      {name, index: `[${firstIndex(map, cell).join(", ")}]`, error: errorWords(error), count: wrong})
    square.append(tooltip)
    return square
  }))
  const notes = [
    words,
    ...height * width > 1 ? [_("A square is {height} × {width} elements.", {height, width})] : [],
    ...shape.length === 1 && shape[0] > row ? [_("{count} elements a row.", {count: row})] : []]
  return element("figure", "wrong-places", drawing, element("figcaption", "", element("b", "", title), " ", ...notes.flatMap(note => [note, " "]), scale(cells.map(([, , error]) => error))))
}

/**
 * The squares of cells without an error: those of a row as one.
 * @param {ErrorMap} map
 * @param {number} pitch
 * @param {number} side
 */
function rightCells({rows, columns, row, width, height, shape}, pitch, side) {
  const count = shape.reduce((product, each) => product * each, 1)
  return Array.from({length: rows}, (_each, at) => {
    const inRow = Math.min(row, count - at * height * row)  // a vector's last row may be shorter
    const cells = height > 1 ? columns : Math.ceil(inRow / width)
    return svg("rect", {class: "right", x: 0, y: at * pitch, width: cells * pitch - (pitch - side), height: side})
  })
}

/** What the shades stand for. @param {(number | null)[]} errors */
function scale(errors) {
  const finite = errors.flatMap(error => error === null ? [] : [error])
  const made = element("span", "scale")
  if (finite.length) {
    const [least, most] = [Math.min(...finite), Math.max(...finite)].map(errorWords)
    made.append(_("Largest error:"), " ", ...least === most ? [] : [least, " "],
      ...least === most ? [swatch(LEVELS)] : Array.from({length: LEVELS}, (_each, i) => swatch(i + 1)), " ", most)
  }
  if (finite.length < errors.length) made.append(" ", swatch(LEVELS + 1), " ", _("not finite"))
  return made
}

/** @param {number} level */
function swatch(level) {
  const drawing = svg("svg", {class: "error-map", "aria-hidden": "true", width: 12, height: 12})
  drawing.append(svg("rect", {class: `level${level}`, width: 11, height: 11}))
  return drawing
}

/** @param {number | null} error */
function errorWords(error) { return error === null ? _("not finite") : number(error, {maximumSignificantDigits: 3, notation: error >= 1e6 || error < 1e-4 ? "scientific" : "standard"}) }

/** @param {string} tag @param {Record<string, string | number>} attributes */
function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  return made
}
