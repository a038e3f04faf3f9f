// The geometry of requests of warps, and of buffers: numbers by the rules of banks and sectors, not by the code.
import assert from "node:assert/strict"
import {test} from "node:test"
import {bankParts, bankWords} from "../../../../../viz/ui/workbench/scripts/cost/pictures/bank_layout.js"
import {bufferWords, cellName, cellWords, cellsOf, sliceWords, valuesOf} from "../../../../../viz/ui/workbench/scripts/cost/pictures/buffer_cells.js"
import {sectorLayout, sectorWords, strideOf} from "../../../../../viz/ui/workbench/scripts/cost/pictures/sector_layout.js"

/** @import {BufferAccesses, WarpRequest} from "../../../../../viz/ui/workbench/scripts/cost/cost_frames.d.ts" */

/** Offsets of 32 lanes that are so many bytes apart. @param {number} stride @param {number} [first] */
const lanes = (stride, first = 0) => Array.from({length: 32}, (_, lane) => first + lane * stride)
/** @param {number[]} offsets @returns {WarpRequest} */
const request = offsets => ({block: [0, 0, 0], warp: 0, offsets, sectors: 0, wavefronts: 0})
/** @param {number[]} offsets @param {number} width */
const wavefronts = (offsets, width) => bankParts(offsets, width).map(part => part.wavefronts)

test("a column of a tile of 32 words a row is in one bank, of 33 words in all of them", () => {
  assert.deepEqual(wavefronts(lanes(32 * 4), 4), [32])
  assert.deepEqual(wavefronts(lanes(33 * 4), 4), [1])
  // A swizzle: the word of row r and column c stands at column c ^ r.
  assert.deepEqual(wavefronts(Array.from({length: 32}, (_, lane) => (lane * 32 + (5 ^ lane)) * 4), 4), [1])
  const [{cells}] = bankParts(lanes(32 * 4), 4)
  assert.deepEqual(cells.map(({bank, turn}) => [bank, turn]), Array.from({length: 32}, (_, lane) => [0, lane]))
})

test("what is wider than 8 bytes goes by quarters of a warp, as the figures count it", () => {
  for (const [width, parts] of [[4, 1], [8, 2], [12, 4], [16, 4], [32, 4]]) {
    assert.deepEqual(bankParts(lanes(width), width).map(part => part.lanes.length), Array(parts).fill(32 / parts))
  }
})

test("lanes that want the same word share it, and two words of a bank take two wavefronts", () => {
  assert.deepEqual(wavefronts(lanes(0), 4), [1])
  assert.equal(bankParts(lanes(0), 4)[0].cells.filter(({isShared}) => isShared).length, 31)
  assert.deepEqual(wavefronts(lanes(8), 4), [2])  // every second word: lanes 0 and 16 meet in bank 0
  assert.deepEqual(wavefronts(lanes(1), 1), [1])  // four lanes a word
})

test("8 bytes a lane go by halves of the warp, 16 by quarters, each without a conflict where they are in a row", () => {
  assert.deepEqual(wavefronts(lanes(8), 8), [1, 1])
  assert.deepEqual(wavefronts(lanes(16), 16), [1, 1, 1, 1])
  // Lanes 32 bytes apart: 8 lanes of a quarter span 256 bytes, so two words of each bank that they hit.
  assert.deepEqual(wavefronts(lanes(32), 16), [2, 2, 2, 2])
})

test("lanes that are not active hit nothing", () => {
  const half = lanes(128).map((offset, lane) => lane < 16 ? offset : -1)
  assert.deepEqual(wavefronts(half, 4), [16])
  assert.deepEqual(wavefronts(lanes(8).map((offset, lane) => lane < 16 ? offset : -1), 8), [1, 0])
  assert.match(bankWords(request(half), 4), /^16 active lanes/)
})

test("a request of shared memory in words", () => {
  assert.equal(bankWords(request(lanes(128)), 4), "32 active lanes ask for 4 bytes each; they hit 1 bank. "
    + "Bank 0 has 32 different words for lanes that go together: 32 wavefronts where 1 would do.")
  assert.match(bankWords(request(lanes(132)), 4), /there is no conflict\.$/)
  assert.match(bankWords(request(lanes(8)), 8), /two halves/)
})

test("32 lanes of 4 bytes in a row touch 4 sectors, shifted by one element 5, in a column 32", () => {
  for (const [offsets, sectors] of /** @type {[number[], number][]} */ ([[lanes(4), 4], [lanes(4, 4), 5], [lanes(512), 32]])) {
    const {columns, used} = sectorLayout(offsets, 4)
    assert.equal(columns.length, sectors)
    assert.equal(used, 128)
  }
  assert.equal(sectorLayout(lanes(512), 4).columns.filter(({isApart}) => isApart).length, 31)
  assert.deepEqual(sectorLayout(lanes(4, 4), 4).columns.map(({used}) => used), [[[4, 32]], [[0, 32]], [[0, 32]], [[0, 32]], [[0, 4]]])
})

test("an access over the end of a sector is in both", () => {
  const {cells, columns} = sectorLayout([24, ...Array(31).fill(-1)], 16)
  assert.deepEqual(cells, [{lane: 0, column: 0, from: 24, to: 32}, {lane: 0, column: 1, from: 0, to: 8}])
  assert.equal(columns.length, 2)
})

test("a request of global memory in words", () => {
  assert.equal(sectorWords(request(lanes(512)), 4), "32 active lanes ask for 4 bytes each. Lanes are 512 bytes apart. They lie in 32 sectors of 32 bytes. "
    + "Of 1,024 bytes that are moved, 128 are used (13%). 4 sectors would hold them.")
  assert.match(sectorWords(request(lanes(0)), 4), /All lanes ask for the same place\. They lie in 1 sector/)
  assert.equal(strideOf([0, 4, 12]), null)
  assert.equal(strideOf([0, -1, 8, 12]), 4)
})

/** @param {number[]} counts @param {number[]} reuse @param {Partial<BufferAccesses>} fields @returns {BufferAccesses} */
function buffer(counts, reuse, fields) {
  /** @param {ArrayBufferLike} content */
  const base64 = content => Buffer.from(content).toString("base64")
  return {
    name: "A", space: "global", elements: 6, element_bytes: 4, per_cell: 1, slices: 2, requests_per_slice: 3, requests: 5, shape: [2, 3],
    counts: base64(new Uint32Array(counts).buffer), reuse: base64(new Float32Array(reuse).buffer), ...fields}
}

test("cells stand as the buffer is declared; a slice of time has its own counts", () => {
  const made = buffer([1, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 5], [3, NaN, NaN, 2, NaN, 7], {})
  const cells = cellsOf(made)
  assert.deepEqual([cells.columns, cells.rows, cells.cells], [3, 2, 6])
  assert.deepEqual([...valuesOf(cells, "count", 0)], [2, 0, 0, 2, 0, 5])
  assert.deepEqual([...valuesOf(cells, "count", 2)], [1, 0, 0, 0, 0, 5])
  assert.equal(bufferWords(made, valuesOf(cells, "count", 0), "count"), "9 accesses to A, an element 0 to 5 times. 3 cells of 6 are never touched.")
  assert.equal(bufferWords(made, valuesOf(cells, "reuse", 0), "reuse"), "Between two accesses to an element of A lie 2 to 7 other requests, 4 on average.")
  assert.equal(cellWords(made, 5, 5, "count"), "A[1, 2]: 5 accesses")
  assert.equal(cellWords(made, 1, NaN, "reuse"), "A[0, 1]: no element is accessed twice")
})

test("the last slice ends with the kernel's last request", () => {
  const made = buffer([], [], {})
  assert.equal(sliceWords(made, 1), "slice 1 of 2: requests 1 to 3 of the kernel")
  assert.equal(sliceWords(made, 2), "slice 2 of 2: requests 4 to 5 of the kernel")
})

test("a cell of several elements counts for each of them; the last one has fewer", () => {
  const made = buffer([8, 4], [NaN, NaN], {elements: 6, per_cell: 4, slices: 1, shape: [6]})
  const cells = cellsOf(made)
  assert.deepEqual([cells.cells, cells.columns], [2, 2])
  assert.equal(cellName(made, 1), "A[4] … [5]")
  assert.equal(bufferWords(made, valuesOf(cells, "count", 0), "count"), "12 accesses to A, every element 2 times.")
  assert.equal(bufferWords(made, valuesOf(cells, "reuse", 0), "reuse"), "No element of A is accessed twice.")
})

test("a buffer of an unknown shape and a long vector fill rows", () => {
  const long = buffer(Array(4096).fill(1), Array(4096).fill(NaN), {elements: 4096, slices: 1, shape: []})
  const {columns, rows} = cellsOf(long)
  assert.equal(columns * rows, 4096)
  assert.ok(columns <= 128 && rows <= 128)
  assert.equal(cellName(long, 100), "A[100]")
})
