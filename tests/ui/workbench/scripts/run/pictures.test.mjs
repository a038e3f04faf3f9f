// Pictures of outputs: which element a cell shows, what colour a number has, what the roofline is made of.
import assert from "node:assert/strict"
import {test} from "node:test"
import {gradient, mixed, placeOfError, placeOfValue} from "../../../../../viz/ui/workbench/scripts/run/pictures/colours.js"
import {cellOf, decoded, indexOf, isThere, moved, shownNumber, worstCell} from "../../../../../viz/ui/workbench/scripts/run/pictures/decoded.js"
import {decades, rooflinePoints} from "../../../../../viz/ui/workbench/scripts/run/pictures/roofline.js"

/** @import {Histogram, OutputPicture} from "../../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** @type {(numbers: Float64Array | Uint32Array) => string} */
const packed = numbers => Buffer.from(numbers.buffer).toString("base64")
/** @type {Histogram} */
const none = {edges: [], counts: [], zeros: 0, nan: 0, infinite: 0}
const NOWHERE = 2 ** 32 - 1

/** @param {Partial<OutputPicture>} fields @param {number[]} element @param {number[]} error */
function picture(fields, element, error) {
  const floats = packed(Float64Array.from(error))
  return decoded({
    shape: [4, 6], slice: [], row: 6, height: 1, width: 1, rows: 4, columns: 6, values: [-1, 2], errors: [0, 0],
    histograms: {got: none, expected: none, error: none}, ...fields,
    element: packed(Uint32Array.from(element)), wrong: packed(new Uint32Array(element.length)), got: floats, expected: floats, error: floats})
}

test("a cell is named by the element that it shows, in the output's own dimensions", () => {
  const zeros = new Array(6).fill(0)
  const pooled = picture({shape: [3, 4, 6], slice: [2], rows: 2, columns: 3, height: 2, width: 2}, [7, 3, 11, 12, 21, 23], zeros)
  assert.deepEqual(indexOf(pooled, 0), [2, 1, 1])
  assert.deepEqual(indexOf(pooled, 5), [2, 3, 5])
  assert.deepEqual([cellOf(pooled, [2, 3, 5]), cellOf(pooled, [2, 0, 2]), cellOf(pooled, [1, 0, 2])], [5, 1, undefined])
  const vector = picture({shape: [5], row: 3, rows: 2, columns: 3}, [0, 1, 2, 3, 4, NOWHERE], zeros)
  assert.deepEqual([indexOf(vector, 4), isThere(vector, 5)], [[4], false])
  assert.deepEqual([moved(vector, 4, 0, 1), moved(vector, 2, 1, 0), moved(vector, 4, -9, -9)], [4, 2, 0])
})

test("the worst cell is the one that is no number, and never one without an element", () => {
  assert.equal(worstCell(picture({}, [0, 1, 2], [1, 5, 2])), 1)
  assert.equal(worstCell(picture({}, [0, 1, 2], [1, 5, NaN])), 2)
  assert.equal(worstCell(picture({}, [0, 1, NOWHERE], [1, 5, NaN])), 1)
})

test("numbers keep seven digits, integers all, and what is not finite its sign", () => {
  assert.deepEqual([NaN, Infinity, -Infinity, 1 / 3, 123456789, 1e-9].map(shownNumber), ["NaN", "∞", "−∞", "0.3333333", "123456789", "1e-9"])
})

test("0 is in the middle of the values, errors are on a logarithmic scale", () => {
  assert.deepEqual([-2, 0, 2].map(value => placeOfValue(value, [-1, 2])), [0, 0.5, 1])
  assert.equal(placeOfValue(0, [0, 0]), 0.5)
  assert.deepEqual([1e-4, 1e-2, 1].map(error => Number(placeOfError(error, [1e-4, 1]).toFixed(6))), [0, 0.5, 1])
  assert.equal(placeOfError(3, [3, 3]), 1)
  assert.equal(placeOfError(1e-20, [1e-20, 1]), 0)
  assert.equal(mixed(["#000000", "#ffffff"], 0.5), "rgb(128 128 128)")
  assert.equal(mixed(["#000000", "#0000ff", "#ffffff"], 7), "rgb(255 255 255)")
  assert.match(gradient(["#000000", "#ffffff"], [0, 1]), /^linear-gradient\(to right, rgb\(0 0 0\), .* rgb\(255 255 255\)\)$/)
})

test("a roofline has the call, the place where the ceilings meet, and nothing where one is not known", () => {
  const timing = {median: 2, low: 1, high: 4, isAbsolute: false, bytes: 10, operations: 40, share: 0.1, bytesPerSecond: 100, operationsPerSecond: 200}
  assert.deepEqual(rooflinePoints(timing), {intensity: 4, ridge: 2, share: 0.1, most: 0.2, least: 0.05})
  assert.equal(rooflinePoints({...timing, operations: null}), undefined)
  assert.equal(rooflinePoints({...timing, bytesPerSecond: null}), undefined)
  assert.deepEqual(decades([4, 2]), [0, 1])
  assert.deepEqual(decades([0.01, 30]), [-3, 2])
})
