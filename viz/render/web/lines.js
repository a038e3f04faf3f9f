// Cut a text along its marks and tokens into lines and pieces: arithmetic on offsets, no DOM.
import {tokens} from "./lexer.js"

/**
 * Characters that a node wrote; the offsets are UTF-16 units, half-open.
 * @typedef {[start: number, end: number, node: number]} Mark
 */

/**
 * A run of characters of one line with one mark, by its index or -1, and one class of token.
 * @typedef {{start: number, end: number, mark: number, kind: string}} Piece
 */

/**
 * The index of the last number in a rising list that is at most `value`; -1 when all are greater.
 * @param {number[]} list
 * @param {number} value
 */
export function indexOfLast(list, value) {
  let low = 0, high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle] <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** A text with its marks. Lines count from 0. */
export class MarkedLines {
  /**
   * @param {string} text
   * @param {string} language for the colours of tokens
   * @param {Mark[]} marks outer ones first; they nest
   */
  constructor(text, language, marks) {
    this.text = text
    this.marks = marks
    this.starts = [0]
    for (let at = text.indexOf("\n"); at >= 0 && at + 1 < text.length; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1)
    this.tokens = tokens(text, language)
    /** The index of the mark that encloses each mark, or -1. */
    this.parents = enclosingMarks(marks)
    const {edges, owners} = cutAtMarks(marks)
    this.edges = edges
    this.owners = owners
  }

  get count() { return this.starts.length }

  /** @param {number} line */
  end(line) { return this.starts[line + 1] ?? this.text.length }

  /** @param {number} line */
  textOf(line) { return this.text.slice(this.starts[line], this.end(line)) }

  /** @param {number} offset */
  lineOf(offset) { return Math.max(0, indexOfLast(this.starts, offset)) }

  /**
   * The innermost mark at an offset, or -1.
   * @param {number} offset
   */
  markAt(offset) { return this.owners[indexOfLast(this.edges, offset)] ?? -1 }

  /**
   * The pieces of a line between all edges of marks and tokens; its indentation belongs to no mark.
   * @param {number} line
   */
  pieces(line) {
    /** @type {Piece[]} */
    const pieces = []
    const end = this.end(line)
    let at = this.starts[line]
    let edge = indexOfLast(this.edges, at)
    let token = Math.max(0, indexOfLast(this.tokens.starts, at))
    /** @param {number} to @param {number} mark @param {string} kind */
    const add = (to, mark, kind) => {
      if (to > at) pieces.push({start: at, end: to, mark, kind})
      at = to
    }
    const indentation = /[ \t]*/y
    indentation.lastIndex = at
    add(Math.min(end, at + (indentation.exec(this.text)?.[0].length ?? 0)), -1, "")
    while (at < end) {
      while (edge + 1 < this.edges.length && this.edges[edge + 1] <= at) edge += 1
      while (token < this.tokens.starts.length && this.tokens.ends[token] <= at) token += 1
      const isInToken = token < this.tokens.starts.length && this.tokens.starts[token] <= at
      const next = isInToken ? this.tokens.ends[token] : this.tokens.starts[token] ?? end
      const stop = Math.min(end, next, this.edges[edge + 1] ?? end)
      const beforeBreak = this.text[stop - 1] === "\n" ? stop - 1 : stop
      const isBreak = beforeBreak <= at
      add(isBreak ? stop : beforeBreak, isBreak ? -1 : this.owners[edge], isInToken ? this.tokens.classes[token] : "")
    }
    return pieces
  }

  /**
   * The spans of the marks that a predicate accepts, in order, without those that are blank.
   * @param {(mark: number) => unknown} isWanted
   * @param {number} [from]
   * @param {number} [to]
   * @returns {Generator<[start: number, end: number]>}
   */
  * spansOf(isWanted, from = 0, to = this.text.length) {
    for (let i = Math.max(0, indexOfLast(this.edges, from)); i < this.edges.length && this.edges[i] < to; i += 1) {
      const start = Math.max(from, this.edges[i])
      const end = Math.min(to, this.edges[i + 1] ?? this.text.length)
      if (this.owners[i] >= 0 && isWanted(this.owners[i]) && this.text.slice(start, end).trim()) yield [start, end]
    }
  }

  /**
   * The outermost mark that begins with the first marked character of a line, or -1.
   * @param {number} line
   */
  markOfLine(line) {
    const [first] = this.spansOf(() => true, this.starts[line], this.end(line))
    if (!first) return -1
    let mark = this.markAt(first[0])
    for (let outer = this.parents[mark]; outer >= 0 && this.marks[outer][0] >= first[0]; outer = this.parents[mark]) mark = outer
    return mark
  }

  /**
   * The mark one arrow key away: left is out, right in, up and down are neighbours; -1 for none.
   * @param {string} key
   * @param {number} mark
   */
  step(key, mark) {
    const parent = this.parents[mark]
    if (key === "ArrowLeft") return parent
    if (key === "ArrowRight") return this.parents.indexOf(mark)
    const siblings = this.parents.flatMap((other, i) => other === parent ? [i] : [])
    return siblings[siblings.indexOf(mark) + (key === "ArrowDown" ? 1 : -1)] ?? -1
  }
}

/**
 * The index of the mark that encloses each mark, or -1.
 * @param {Mark[]} marks
 */
function enclosingMarks(marks) {
  /** @type {number[]} */
  const open = []
  return marks.map(([start], i) => {
    while (open.length && marks[open[open.length - 1]][1] <= start) open.pop()
    const parent = open.at(-1) ?? -1
    open.push(i)
    return parent
  })
}

/**
 * Cut a text where the innermost mark changes: `edges` are rising offsets, `owners` the marks that
 * begin there, or -1.
 * @param {Mark[]} marks
 */
function cutAtMarks(marks) {
  const edges = [0], owners = [-1]
  /** @param {number} offset @param {number} owner */
  const add = (offset, owner) => {
    if (edges.at(-1) === offset) owners[owners.length - 1] = owner
    else if (owners.at(-1) !== owner) {
      edges.push(offset)
      owners.push(owner)
    }
  }
  /** @type {number[]} */
  const open = []
  /** @param {number} offset */
  const closeUntil = offset => {
    for (let last = open.at(-1); last !== undefined && marks[last][1] <= offset; last = open.at(-1)) {
      open.pop()
      add(marks[last][1], open.at(-1) ?? -1)
    }
  }
  marks.forEach(([start, end], i) => {
    closeUntil(start)
    if (end <= start) return
    open.push(i)
    add(start, i)
  })
  closeUntil(Infinity)
  return {edges, owners}
}
