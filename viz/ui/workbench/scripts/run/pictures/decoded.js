// Read a picture's numbers, and say which element of the output a cell shows.

/** @import {OutputPicture} from "../../frames.d.ts" */

const NOWHERE = 2 ** 32 - 1

/**
 * A picture with its numbers, a place each for a cell, row by row.
 * @typedef {Omit<OutputPicture, "element" | "got" | "expected" | "error" | "wrong"> & {element: Uint32Array, wrong: Uint32Array,
 *   got: Float64Array, expected: Float64Array, error: Float64Array}} DecodedPicture
 */

/** @param {OutputPicture} picture @returns {DecodedPicture} */
export function decoded(picture) {
  const {element, wrong, got, expected, error} = picture
  return {
    ...picture, element: new Uint32Array(bytes(element)), wrong: new Uint32Array(bytes(wrong)),
    got: new Float64Array(bytes(got)), expected: new Float64Array(bytes(expected)), error: new Float64Array(bytes(error))}
}

/** @param {string} base64 */
function bytes(base64) { return Uint8Array.from(atob(base64), letter => letter.charCodeAt(0)).buffer }

/** Whether a cell has an element: behind the end of a vector there is none. @param {DecodedPicture} picture @param {number} cell */
export function isThere({element}, cell) { return element[cell] !== NOWHERE }

/**
 * The index of the element that a cell shows, in each dimension of the output.
 * @param {DecodedPicture} picture
 * @param {number} cell
 */
export function indexOf({slice, shape, element}, cell) {
  const last = shape.slice(slice.length)
  return [...slice, ...last.length === 1 ? [element[cell]] : [Math.floor(element[cell] / last[1]), element[cell] % last[1]]]
}

/**
 * The cell of an element of the slice; undefined where the element is in another slice.
 * @param {DecodedPicture} picture
 * @param {number[]} index
 */
export function cellOf({slice, shape, row, height, width, columns}, index) {
  if (slice.some((at, i) => at !== index[i])) return undefined
  const last = shape.slice(slice.length), own = index.slice(slice.length)
  const flat = last.length === 1 ? own[0] : own[0] * last[1] + own[1]
  return Math.floor(Math.floor(flat / row) / height) * columns + Math.floor(flat % row / width)
}

/** The cell with the largest error; one that is no number is larger than any. @param {DecodedPicture} picture */
export function worstCell(picture) {
  let worst = 0, most = -1
  picture.error.forEach((error, cell) => {
    const weight = Number.isNaN(error) ? isThere(picture, cell) ? Infinity : -1 : error
    if (weight > most) [worst, most] = [cell, weight]
  })
  return worst
}

/**
 * The cell that is so many rows and columns away, within the picture and on an element.
 * @param {DecodedPicture} picture
 * @param {number} cell
 * @param {number} down
 * @param {number} right
 */
export function moved(picture, cell, down, right) {
  const {rows, columns} = picture
  const row = Math.min(rows - 1, Math.max(0, Math.floor(cell / columns) + down))
  const column = Math.min(columns - 1, Math.max(0, cell % columns + right))
  const wanted = row * columns + column
  return isThere(picture, wanted) ? wanted : cell
}

/** A number of an output: seven digits of what is no integer. @param {number} value */
export function shownNumber(value) {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞"
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(7)))
}
