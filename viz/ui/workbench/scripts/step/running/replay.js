// Go to any step of a recorded run: its memory and its variables are made again from the writes, beginning at a checkpoint.
import {numberAt, sizeOf} from "./numbers.js"

/** @import {RecordedBuffer, RecordingFrame} from "../../frames.d.ts" */

const CHECKPOINT_BYTES = 48 << 20  // of all checkpoints together
const LEAST_BETWEEN = 2048  // steps between two checkpoints
const MOST_CHECKPOINTS = 512
const READ = 0, NEW = 2

/** @type {Record<string, new (buffer: ArrayBuffer, start: number, length: number) => Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>} */
const ARRAYS = {uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int32: Int32Array, float64: Float64Array}

/**
 * An access of a step: the number of its buffer, and where in that.
 * @typedef {{isWrite: boolean, buffer: number, offset: number}} Access
 */

/**
 * The columns of a recording by their names; each begins where its numbers may.
 * @param {RecordingFrame["columns"]} columns
 * @param {ArrayBuffer} content
 */
export function columnsOf(columns, content) {
  /** @type {Record<string, Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>} */
  const arrays = {}
  let start = 0
  for (const {name, dtype, count} of columns) {
    const kind = ARRAYS[dtype]
    const size = sizeOf(dtype) * count
    arrays[name] = new kind(content.slice(start, start + size), 0, count)
    start += size
  }
  return arrays
}

export class Replay {
  #columns
  #setEnds
  #accessEnds
  #writtenAt  // by access: where the bytes that it wrote begin
  #bases  // by buffer: where its memory begins in that of all
  #items  // by buffer: bytes of an element
  #initial
  #memory
  #view
  #last  // by thread and variable: the latest value's row, or -1
  /** @type {Map<number, {memory: Uint8Array, last: Int32Array}>} */
  #checkpoints = new Map()  // by the step after which it holds
  #between
  #at = -1
  /** @type {(number | bigint | boolean)[]} */
  #before = []  // by access of the step: what was there before

  /** @param {RecordingFrame} frame @param {ArrayBuffer} content decompressed */
  constructor(frame, content) {
    this.frame = frame
    this.#columns = columnsOf(frame.columns, content)
    this.count = frame.steps
    this.#setEnds = summed(this.#columns.sets)
    this.#accessEnds = summed(this.#columns.accesses)
    this.#items = frame.buffers.map(({dtype}) => sizeOf(dtype))
    this.#bases = starts(frame.buffers.map(({size}) => size))
    const {access, buffer} = this.#columns
    this.#writtenAt = new Uint32Array(access.length)
    for (let i = 0, at = 0; i < access.length; i += 1) {
      this.#writtenAt[i] = at
      if (access[i] === 1) at += this.#items[buffer[i]]
    }
    this.#initial = this.#firstMemory()
    this.#memory = this.#initial.slice()
    this.#view = new DataView(this.#memory.buffer)
    const threads = this.#columns.own.length
    this.#last = new Int32Array(threads * frame.variables.length).fill(-1)
    const bytes = this.#memory.byteLength + this.#last.byteLength
    const most = Math.max(1, Math.min(MOST_CHECKPOINTS, Math.floor(CHECKPOINT_BYTES / Math.max(1, bytes))))
    this.#between = Math.max(LEAST_BETWEEN, Math.ceil(this.count / most))
  }

  #firstMemory() {
    const memory = new Uint8Array(this.#bases[this.frame.buffers.length] ?? 0)
    let start = 0
    this.frame.buffers.forEach((buffer, i) => {
      if (buffer.parameter) {
        memory.set(/** @type {Uint8Array} */ (this.#columns.initial).subarray(start, start + buffer.size), this.#bases[i])
        start += buffer.size
      } else memory.fill(filling(buffer), this.#bases[i], this.#bases[i + 1])
    })
    return memory
  }

  // ---------------------------------------------------------------- steps

  /** The step that holds, -1 before the first. */
  get at() { return this.#at }

  /** @param {number} step */
  nodeOf(step) { return step < 0 ? -1 : this.#columns.node[step] }

  /** @param {number} step */
  threadOf(step) { return step < 0 ? 0 : this.#columns.thread[step] }

  /** The nodes of all steps, and their threads. */
  get nodes() { return this.#columns.node }
  get threads() { return this.#columns.thread }

  /** The indices of a thread, in the order of the tags; -1 where it is not bound. @param {number} thread */
  indicesOf(thread) {
    const {tags} = this.frame
    return Array.from(this.#columns.threads.subarray(thread * tags.length, (thread + 1) * tags.length))
  }

  /** How many threads there are. */
  get threadCount() { return this.#columns.own.length }

  /** What stood where the step that holds read and wrote, before it: by its accesses. */
  get before() { return this.#before }

  /** Go to a step. @param {number} step */
  go(step) {
    if (step === this.#at) return
    const nearest = Math.floor((step + 1) / this.#between) * this.#between - 1  // the last checkpoint that may be there
    // A checkpoint after the step itself would not tell what was there before it.
    if (step < this.#at || nearest > this.#at && this.#checkpoints.has(nearest)) this.#return(Math.min(nearest, step - 1), step)
    while (this.#at < step) {
      if (this.#at + 1 === step) this.#before = this.accessesOf(step).map(({buffer, offset}) => this.valueAt(buffer, offset))
      this.#make(this.#at += 1)
      if ((this.#at + 1) % this.#between === 0 && !this.#checkpoints.has(this.#at)) {
        this.#checkpoints.set(this.#at, {memory: this.#memory.slice(), last: this.#last.slice()})
      }
    }
  }

  /** @param {number} wanted @param {number} step */
  #return(wanted, step) {
    let from = Math.floor((wanted + 1) / this.#between) * this.#between - 1
    while (from >= 0 && (from >= step || !this.#checkpoints.has(from))) from -= this.#between
    const known = this.#checkpoints.get(from)
    this.#memory.set(known?.memory ?? this.#initial)
    if (known) this.#last.set(known.last)
    else this.#last.fill(-1)
    this.#at = known ? from : -1
  }

  /** @param {number} step */
  #make(step) {
    const {access, buffer, offset, written, variable, thread} = this.#columns
    const base = thread[step] * this.frame.variables.length
    for (let i = this.#setEnds[step]; i < this.#setEnds[step + 1]; i += 1) this.#last[base + variable[i]] = i
    for (let i = this.#accessEnds[step]; i < this.#accessEnds[step + 1]; i += 1) {
      if (access[i] === READ) continue
      const number = buffer[i]
      const start = this.#bases[number]
      if (access[i] === NEW) {
        this.#memory.fill(filling(this.frame.buffers[number]), start, this.#bases[number + 1])
        continue
      }
      const size = this.#items[number], from = this.#writtenAt[i], to = start + offset[i]
      for (let k = 0; k < size; k += 1) this.#memory[to + k] = written[from + k]
    }
  }

  // ---------------------------------------------------------------- what holds

  /** The element of a buffer at an offset in bytes. @param {number} buffer @param {number} offset */
  valueAt(buffer, offset) { return numberAt(this.#view, this.#bases[buffer] + offset, this.frame.buffers[buffer].dtype) }

  /**
   * The value of a variable for the thread of a step; undefined where it has none yet.
   * @param {number} slot
   * @param {number} thread
   */
  variableOf(slot, thread) {
    const row = this.#last[thread * this.frame.variables.length + slot]
    return row < 0 ? undefined : this.#columns.value[row]
  }

  /** What a step read and wrote. @param {number} step @returns {Access[]} */
  accessesOf(step) {
    if (step < 0) return []
    const {access, buffer, offset} = this.#columns
    /** @type {Access[]} */
    const found = []
    for (let i = this.#accessEnds[step]; i < this.#accessEnds[step + 1]; i += 1) {
      if (access[i] !== NEW) found.push({isWrite: access[i] === 1, buffer: buffer[i], offset: offset[i]})
    }
    return found
  }

  /** The steps that wrote an element, with what they wrote. @param {number} buffer @param {number} offset */
  historyOf(buffer, offset) {
    const {access, buffer: buffers, offset: offsets, written} = this.#columns
    const view = new DataView(written.buffer, written.byteOffset)
    const {dtype} = this.frame.buffers[buffer]
    /** @type {{step: number, value: number | bigint | boolean}[]} */
    const found = []
    for (let i = 0, step = 0; i < access.length; i += 1) {
      if (access[i] !== 1 || buffers[i] !== buffer || offsets[i] !== offset) continue
      while (this.#accessEnds[step + 1] <= i) step += 1
      found.push({step, value: numberAt(view, this.#writtenAt[i], dtype)})
    }
    return found
  }

  /** How often the elements of a buffer were read and written in the whole run. @param {number} buffer */
  heatOf(buffer) {
    const counts = this.frame.buffers.map(({size}, i) => Math.floor(size / this.#items[i]))
    const start = starts(counts)[buffer]
    const {reads, writes} = this.#columns
    return {reads: reads.subarray(start, start + counts[buffer]), writes: writes.subarray(start, start + counts[buffer])}
  }

  /** The numbers of the buffers that a thread sees. @param {number} thread */
  seenBy(thread) {
    const own = this.#columns.own[thread]
    return this.frame.buffers.flatMap((buffer, i) => buffer.thread < 0 || buffer.thread === own || buffer.scope.startsWith("shared") ? [i] : [])
  }
}

/** What a byte of new memory is. @param {RecordedBuffer} buffer */
function filling({dtype}) { return dtype === "bool" ? 1 : 255 }

/** Where each begins, and the end of the last. @param {ArrayLike<number>} counts */
function summed(counts) {
  const sums = new Uint32Array(counts.length + 1)
  for (let i = 0; i < counts.length; i += 1) sums[i + 1] = sums[i] + counts[i]
  return sums
}

/** @param {number[]} sizes */
function starts(sizes) {
  const sums = [0]
  for (const size of sizes) sums.push(sums[sums.length - 1] + size)
  return sums
}

/**
 * The content of a recording: base64 of what zlib compressed.
 * @param {string} content
 * @returns {Promise<ArrayBuffer>}
 */
export async function unpacked(content) {
  const bytes = Uint8Array.from(atob(content), character => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))
  return new Response(stream).arrayBuffer()
}
