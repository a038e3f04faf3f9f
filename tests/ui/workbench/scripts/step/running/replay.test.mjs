// A recorded run: its memory at any step, forwards and backwards, and what is asked of it.
import assert from "node:assert/strict"
import {test} from "node:test"
import {cellOf, cellsOf, indexAt, indexOf, offsetOf} from "../../../../../../viz/ui/workbench/scripts/step/running/buffer_cells.js"
import {numberAt, shortNumber, sizeOf} from "../../../../../../viz/ui/workbench/scripts/step/running/numbers.js"
import {Replay, columnsOf, unpacked} from "../../../../../../viz/ui/workbench/scripts/step/running/replay.js"
import {statementsOnLine, truths, valuesNow, variablesAt} from "../../../../../../viz/ui/workbench/scripts/step/running/run_state.js"
import {conditionOf} from "../../../../../../viz/ui/workbench/scripts/step/running/condition.js"
import {linkModel} from "../../../../../support/link_model.mjs"

/** @import {RecordingFrame} from "../../../../../../viz/ui/workbench/scripts/frames.d.ts" */

/** The bytes of columns one after the other. @param {[name: string, dtype: string, values: {buffer: ArrayBufferLike, length: number}][]} rows */
function packed(rows) {
  const bytes = Buffer.concat(rows.map(([, , values]) => Buffer.from(/** @type {ArrayBuffer} */ (values.buffer))))
  return {
    columns: rows.map(([name, dtype, {length}]) => ({name, dtype, count: length})),
    content: /** @type {ArrayBuffer} */ (bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))}
}

/**
 * A loop of `rounds` over A of four int32: each round is a step that sets i, and one that adds i to A[i % 4].
 * @param {number} rounds
 */
function run(rounds) {
  const steps = Array.from({length: 2 * rounds}, (_, k) => k)
  const memory = new Int32Array(4)
  const written = new Int32Array(rounds)
  for (let i = 0; i < rounds; i += 1) written[i] = memory[i % 4] += i
  const {columns, content} = packed([
    ["node", "uint32", Uint32Array.from(steps, k => k % 2 ? 2 : 1)], ["thread", "uint32", new Uint32Array(2 * rounds)],
    ["sets", "uint32", Uint32Array.from(steps, k => k % 2 ? 0 : 1)], ["accesses", "uint32", Uint32Array.from(steps, k => k % 2 ? 2 : 0)],
    ["variable", "uint16", new Uint16Array(rounds)], ["value", "float64", Float64Array.from({length: rounds}, (_, i) => i)],
    ["access", "uint8", Uint8Array.from({length: 2 * rounds}, (_, k) => k % 2)], ["buffer", "uint16", new Uint16Array(2 * rounds)],
    ["offset", "uint32", Uint32Array.from({length: 2 * rounds}, (_, k) => 4 * ((k >> 1) % 4))],
    ["written", "uint8", new Uint8Array(written.buffer)], ["initial", "uint8", new Uint8Array(16)],
    ["reads", "uint32", new Uint32Array(4).fill(rounds / 4)], ["writes", "uint32", new Uint32Array(4).fill(rounds / 4)],
    ["own", "uint32", new Uint32Array(1)], ["threads", "int32", new Int32Array(0)]])
  /** @type {RecordingFrame} */
  const frame = {
    kind: "recording", stage: "input", target: "", function: "main", steps: 2 * rounds, total: 2 * rounds, stopped: "", tags: [],
    buffers: [{name: "A", dtype: "int32", shape: [4], strides: [4], size: 16, variable: 2, scope: "global", thread: -1, parameter: true}],
    variables: [{name: "i", node: 3, condition: false, dtype: "int32"}], problem: null, failed: null, columns, content: ""}
  return {replay: new Replay(frame, content), frame, content}
}

/** @param {Replay} replay */
function elements(replay) { return [0, 4, 8, 12].map(offset => replay.valueAt(0, offset)) }

test("any step can be gone to, from any other", () => {
  const rounds = 20000
  const {replay} = run(rounds)
  /** @param {number} step */
  const expected = step => {
    const memory = [0, 0, 0, 0]
    for (let i = 0; 2 * i + 1 <= step; i += 1) memory[i % 4] += i
    return memory
  }
  for (const step of [5, 3, 39999, 0, 20001, 20000, 2047, 2048, 4095, 4096, 4097, 31000, 30999, -1, 7]) {
    replay.go(step)
    assert.deepEqual(elements(replay), expected(step), String(step))
    assert.equal(replay.variableOf(0, 0), step < 0 ? undefined : step >> 1)
  }
  replay.go(9)
  assert.deepEqual(replay.accessesOf(9), [{isWrite: false, buffer: 0, offset: 0}, {isWrite: true, buffer: 0, offset: 0}])
  assert.deepEqual([replay.before, replay.valueAt(0, 0)], [[0, 0], 4])
  replay.go(4097)  // right behind a checkpoint
  replay.go(4096)
  replay.go(4095)
  assert.deepEqual(replay.before, [replay.historyOf(0, 12)[510].value, replay.historyOf(0, 12)[510].value])
  assert.deepEqual([replay.nodeOf(4), replay.nodeOf(-1), replay.threadOf(4), replay.threadCount, replay.indicesOf(0)], [1, -1, 0, 1, []])
})

test("the writes of an element, and how often it was accessed", () => {
  const {replay} = run(16)
  assert.deepEqual(replay.historyOf(0, 8).map(({step, value}) => [step, value]), [[5, 2], [13, 8], [21, 18], [29, 32]])
  assert.deepEqual(Array.from(replay.heatOf(0).writes), [4, 4, 4, 4])
  assert.deepEqual(replay.seenBy(0), [0])
})

test("what is asked at a step", () => {
  const {replay} = run(64)
  const model = linkModel()
  replay.go(21)
  const values = valuesNow(replay)
  assert.deepEqual([values.variable("i"), values.variable("j"), values.element("A", [2]), values.element("A", [4]), values.element("B", [0])], [10, undefined, 18, undefined, undefined])
  assert.deepEqual(variablesAt(replay, undefined, 2, 0), [{name: "i", value: 10, dtype: "int32", condition: false}])
  assert.deepEqual(variablesAt(replay, model.program.tree, 2, 0).map(({name}) => name), ["i"])
  assert.deepEqual(statementsOnLine(replay, model, "input", 1), [1, 2])
  assert.deepEqual(statementsOnLine(replay, model, "input", 2), [])
  const holds = truths(replay, conditionOf("i == 12 and A[0] > 3"))
  assert.deepEqual([23, 24, 25, 26].map(holds), [false, true, true, false])
})

test("content is unpacked from base64 and zlib", async () => {
  const {frame, content} = run(4)
  const stream = new Blob([content]).stream().pipeThrough(new CompressionStream("deflate"))
  const base64 = Buffer.from(await new Response(stream).arrayBuffer()).toString("base64")
  const columns = columnsOf(frame.columns, await unpacked(base64))
  assert.deepEqual(Array.from(columns.value), [0, 1, 2, 3])
})

test("numbers of all types are read", () => {
  const view = new DataView(new ArrayBuffer(8))
  /** @param {number} bits @param {string} dtype */
  const small = (bits, dtype) => {
    view.setUint16(0, bits, true)
    return numberAt(view, 0, dtype)
  }
  assert.deepEqual([0x3c00, 0xc000, 0x7c00, 0x0001, 0x7e00].map(bits => small(bits, "float16")), [1, -2, Infinity, 2 ** -24, NaN])
  assert.deepEqual([0x3f80, 0xbfc0].map(bits => small(bits, "bfloat16")), [1, -1.5])
  assert.deepEqual([0x38, 0x7e, 0x7f, 0x08].map(bits => small(bits, "float8_e4m3fn")), [1, 448, NaN, 2 ** -6])
  assert.deepEqual([0x3c, 0x7c].map(bits => small(bits, "float8_e5m2")), [1, Infinity])
  view.setBigInt64(0, -5n, true)
  assert.deepEqual(["int64", "int32", "int16", "int8", "uint8", "bool"].map(dtype => numberAt(view, 0, dtype)), [-5n, -5, -5, -5, 251, true])
  assert.equal(numberAt(view, 0, "complex"), NaN)
  assert.deepEqual(["bool", "float8_e5m2", "bfloat16", "float64"].map(sizeOf), [1, 1, 2, 8])
  assert.deepEqual([shortNumber(1 / 3, "float32"), shortNumber(1e-9, "float32"), shortNumber(123456.7, "float32"), shortNumber(NaN, "float16"), shortNumber(-Infinity, "float32"), shortNumber(true, "bool"), shortNumber(5n, "int64")],
    ["0.3333", "1e-9", "123500", "nan", "-inf", "true", "5"])
})

test("elements lie in rows and columns, other dimensions are slices", () => {
  const cube = {shape: [2, 3, 4], strides: [48, 16, 4]}
  assert.deepEqual(cellsOf(cube), {rows: 3, columns: 4, sliced: 1})
  assert.deepEqual(indexAt(cube, [1], 2, 3), [1, 2, 3])
  assert.deepEqual(indexOf(cube, offsetOf(cube, [1, 2, 3])), [1, 2, 3])
  assert.deepEqual(cellOf(cube, [1, 2, 3]), {slices: [1], row: 2, column: 3})
  const vector = {shape: [20], strides: [8]}
  assert.deepEqual(cellsOf(vector), {rows: 2, columns: 16, sliced: 0})
  assert.deepEqual([indexAt(vector, [], 1, 3), indexAt(vector, [], 1, 4)], [[19], undefined])
  assert.deepEqual(cellOf(vector, [19]), {slices: [], row: 1, column: 3})
  assert.deepEqual([cellsOf({shape: []}), indexAt({shape: []}, [], 0, 0)], [{rows: 1, columns: 1, sliced: 0}, []])
  assert.deepEqual(indexOf({shape: [3, 2], strides: [4, 12]}, 20), [2, 1])  // by columns
})
