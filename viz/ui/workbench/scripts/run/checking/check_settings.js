// How a run is checked: what it is compared with, how exactly, on which arrays of one's own, and whether it is timed.
import {marked} from "../../language/words.js"

/** @import {ReferenceKind} from "../../frames.d.ts" */

/** @type {[kind: ReferenceKind, title: string][]} */
export const REFERENCES = [
  ["", marked("The best there is")], ["numpy", marked("NumPy, of the text")], ["own", marked("NumPy, my own")],
  ["llvm", marked("LLVM, before any pass")], ["python", marked("Python, before any pass")]]

/** Bytes of all files together: those of a question on the server, in base64. */
export const MOST_BYTES = 16 << 20

/**
 * A file of the user's: `data` is in base64; `buffer` the parameter that it is for, empty for an archive.
 * @typedef {{file: string, data: string, size: number, buffer: string, words: string, isArchive: boolean}} OwnArray
 */

export class CheckSettings {
  /** @type {ReferenceKind} */
  compareWith = ""
  /** @type {number | null} */
  #rtol = null
  /** @type {number | null} */
  #atol = null
  timed = false
  /** @type {OwnArray[]} */
  arrays = []

  get rtol() { return this.#rtol }

  set rtol(rtol) { this.#rtol = tolerance(rtol) }

  get atol() { return this.#atol }

  set atol(atol) { this.#atol = tolerance(atol) }

  /** What the controls show. */
  get shown() { return [this.compareWith, this.#rtol, this.#atol, this.timed, this.arrays.map(({file, buffer}) => [file, buffer])] }

  /** What a verdict depends on, without the bytes. */
  get about() { return [...this.shown, this.arrays.map(({size}) => size)] }

  /** @param {OwnArray} array */
  add(array) { this.arrays = [...this.arrays.filter(({file, buffer}) => file !== array.file && (array.isArchive || buffer !== array.buffer)), array] }

  /** @param {OwnArray} array */
  remove(array) { this.arrays = this.arrays.filter(each => each !== array) }

  /** Bytes of all files. */
  get size() { return this.arrays.reduce((sum, {size}) => sum + size, 0) }

  /**
   * The fields of a run, with the arrays that are for its buffers.
   * @param {string[]} buffers
   */
  part(buffers) {
    const used = this.arrays.filter(({buffer, isArchive}) => isArchive || buffers.includes(buffer))
    return {
      compare_with: this.compareWith, rtol: this.#rtol, atol: this.#atol, timed: this.timed, pictures: true, keep: true,
      arrays: Object.fromEntries(used.map(({file, buffer, data, isArchive}) => [isArchive ? file : buffer, data]))}
  }
}

/** A tolerance that was typed; null for none. @param {number | null} value */
function tolerance(value) { return value !== null && Number.isFinite(value) && value >= 0 ? value : null }
