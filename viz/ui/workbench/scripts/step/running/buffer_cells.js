// Lay the elements of a buffer out in rows and columns: two of its dimensions, the others as slices; a vector is folded.

const FOLD = 16  // elements of a vector in a row

/** @import {RecordedBuffer} from "../../frames.d.ts" */

/**
 * How many rows and columns there are, and how many dimensions are slices.
 * @param {Pick<RecordedBuffer, "shape">} buffer
 */
export function cellsOf({shape}) {
  if (shape.length < 2) {
    const count = shape[0] ?? 1
    return {rows: Math.ceil(count / FOLD), columns: Math.min(count, FOLD), sliced: 0}
  }
  return {rows: shape[shape.length - 2], columns: shape[shape.length - 1], sliced: shape.length - 2}
}

/**
 * The index of the element in a cell; undefined behind the end of a vector.
 * @param {Pick<RecordedBuffer, "shape">} buffer
 * @param {number[]} slices
 * @param {number} row
 * @param {number} column
 */
export function indexAt({shape}, slices, row, column) {
  if (!shape.length) return []
  if (shape.length > 1) return [...slices, row, column]
  const index = row * FOLD + column
  return index < shape[0] ? [index] : undefined
}

/**
 * Where the element of an index begins, in bytes.
 * @param {Pick<RecordedBuffer, "strides">} buffer
 * @param {number[]} index
 */
export function offsetOf({strides}, index) { return index.reduce((sum, at, i) => sum + at * strides[i], 0) }

/**
 * The index of the element at an offset.
 * @param {Pick<RecordedBuffer, "shape" | "strides">} buffer
 * @param {number} offset
 */
export function indexOf({shape, strides}, offset) {
  const index = shape.map(() => 0)
  let rest = offset
  for (const i of shape.map((_, k) => k).sort((a, b) => strides[b] - strides[a])) {
    if (!strides[i]) continue
    index[i] = Math.min(Math.floor(rest / strides[i]), shape[i] - 1)
    rest -= index[i] * strides[i]
  }
  return index
}

/**
 * The cell of an index, and the slices that show it.
 * @param {Pick<RecordedBuffer, "shape">} buffer
 * @param {number[]} index
 */
export function cellOf({shape}, index) {
  if (shape.length < 2) return {slices: [], row: Math.floor((index[0] ?? 0) / FOLD), column: (index[0] ?? 0) % FOLD}
  return {slices: index.slice(0, -2), row: index[index.length - 2], column: index[index.length - 1]}
}
