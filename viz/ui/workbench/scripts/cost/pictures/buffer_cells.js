// The elements of a buffer as cells: how often each was accessed, in a slice of time or in all of them, and how far accesses lie apart.
import {short} from "../figures.js"
import {_, number, plural, sentences} from "../../language/words.js"

/** @import {BufferAccesses} from "../cost_frames.d.ts" */

const SQUARE = 64  // elements in a row of a vector that is longer

/** @typedef {"count" | "reuse"} Measure */

/**
 * `count` and `reuse` have a number a cell; cells stand in rows of so many.
 * @typedef {{cells: number, columns: number, rows: number, counts: Uint32Array, reuse: Float32Array}} BufferCells
 */

/** @param {string} base64 */
function bytesOf(base64) { return Uint8Array.from(atob(base64), letter => letter.charCodeAt(0)).buffer }

/** @param {BufferAccesses} buffer @returns {BufferCells} */
export function cellsOf(buffer) {
  const cells = Math.ceil(buffer.elements / buffer.per_cell), columns = Math.max(1, Math.min(cells, columnsOf(buffer)))
  return {cells, columns, rows: Math.ceil(cells / columns), counts: new Uint32Array(bytesOf(buffer.counts)), reuse: new Float32Array(bytesOf(buffer.reuse))}
}

/** Cells in a row: a row of the last dimension where cells end at its end. @param {BufferAccesses} buffer */
function columnsOf({shape, elements, per_cell: perCell}) {
  const last = shape.at(-1) ?? 0
  if (shape.length > 1 && last % perCell === 0 && last >= perCell) return last / perCell
  const cells = Math.ceil(elements / perCell)
  return cells <= SQUARE ? cells : Math.max(SQUARE / Math.min(perCell, SQUARE), 2 ** Math.ceil(Math.log2(Math.sqrt(cells))))
}

/**
 * The numbers of all cells: accesses in a slice, from 1, or in all slices for 0; NaN for cells without a reuse.
 * @param {BufferCells} decoded
 * @param {Measure} measure
 * @param {number} slice
 */
export function valuesOf({cells, counts, reuse}, measure, slice) {
  if (measure === "reuse") return Float64Array.from(reuse)
  const values = new Float64Array(cells)
  const [first, end] = slice ? [slice - 1, slice] : [0, counts.length / Math.max(1, cells)]
  for (let row = first; row < end; row++) for (let cell = 0; cell < cells; cell++) values[cell] += counts[row * cells + cell]
  return values
}

/** A slice of time, from 1, in words: the last one may have fewer requests. @param {BufferAccesses} buffer @param {number} slice */
export function sliceWords({slices, requests, requests_per_slice: each}, slice) {
  return _("slice {slice} of {slices}: requests {from} to {to} of the kernel", {slice, slices, from: (slice - 1) * each + 1, to: Math.min(slice * each, requests)})
}

/** Elements in a cell: the last one may have fewer. @param {BufferAccesses} buffer @param {number} cell */
export function elementsIn({elements, per_cell: perCell}, cell) { return Math.min(perCell, elements - cell * perCell) }

/** The name of a cell: "A[3, 4]", or its first and its last element. @param {BufferAccesses} buffer @param {number} cell */
export function cellName(buffer, cell) {
  const first = cell * buffer.per_cell, last = first + elementsIn(buffer, cell) - 1
  const from = indexWords(buffer, first)
  return first === last ? `${buffer.name}[${from}]` : `${buffer.name}[${from}] … [${indexWords(buffer, last)}]`
}

/** @param {BufferAccesses} buffer @param {number} element */
function indexWords({shape, elements}, element) {
  if (shape.reduce((product, extent) => product * extent, 1) !== elements || !shape.length) return String(element)
  /** @type {number[]} */
  const index = []
  let rest = element
  for (const extent of shape.toReversed()) {
    index.unshift(rest % extent)
    rest = Math.floor(rest / extent)
  }
  return index.join(", ")
}

/** What a cell shows, in words. @param {BufferAccesses} buffer @param {number} cell @param {number} value @param {Measure} measure */
export function cellWords(buffer, cell, value, measure) {
  const name = cellName(buffer, cell)
  if (measure === "reuse") return Number.isNaN(value) ? _("{name}: no element is accessed twice", {name}) : _("{name}: {requests} other requests between two accesses", {name, requests: short(value)})
  return plural("{name}: 1 access", "{name}: {count} accesses", value, {name})
}

/** A picture of a buffer in words. @param {BufferAccesses} buffer @param {Float64Array} values @param {Measure} measure */
export function bufferWords(buffer, values, measure) {
  const known = [...values].filter(value => !Number.isNaN(value))
  const [least, most] = known.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity])
  if (measure === "reuse") {
    if (!known.length) return _("No element of {name} is accessed twice.", {name: buffer.name})
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length
    return _("Between two accesses to an element of {name} lie {least} to {most} other requests, {mean} on average.", {name: buffer.name, least: short(least), most: short(most), mean: short(mean)})
  }
  const total = known.reduce((sum, value) => sum + value, 0), untouched = known.filter(value => value === 0).length
  const each = [...values].map((value, cell) => value / elementsIn(buffer, cell))
  const [low, high] = [Math.min(...each), Math.max(...each)]
  const spread = low === high ? low === 1 ? _("every element once") : _("every element {count} times", {count: short(low)}) : _("an element {least} to {most} times", {least: short(low), most: short(high)})
  return sentences(
    _("{total} accesses to {name}, {spread}.", {total: number(total), name: buffer.name, spread}),
    ...untouched ? [plural("1 cell of {cells} is never touched.", "{count} cells of {cells} are never touched.", untouched, {cells: values.length})] : [])
}
