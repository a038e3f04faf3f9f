// Draw a text as rows. Rows out of sight hold plain text and are cut into pieces, one for each mark and
// token, when they come in sight: so a text of thousands of lines opens at once.
import {both, element} from "./elements.js"
import {FOLD_WORDS} from "./words.js"

/** @import {MarkedLines, Piece} from "./lines.js" */
/** @import {Fold} from "./packed.d.ts" */

/**
 * A piece with a mark, and its element.
 * @typedef {Piece & {element: HTMLElement}} DrawnPiece
 */

const BLOCK_LINES = 16  // lines watched as one: to watch each of thousands costs every frame
const LINE_HEIGHT = 20  // pixels, for lines that were not drawn yet
const WIDE_CHARACTERS = /[\u1100-\u115f\u2e80-\uffdc]/g

/** @type {WeakMap<Element, number>} */
const MARK_OF = new WeakMap()

/**
 * The mark of a drawn piece, or undefined.
 * @param {Element | null} place
 */
export function markOfElement(place) { return place ? MARK_OF.get(place) : undefined }

/** The rows of a text inside a host. Lines count from 0. */
export class TextRows {
  #host
  #lines
  #folds
  #onSight
  /** @type {Map<Element, number[]>} */
  #blocks = new Map()  // element -> its lines
  /** @type {Map<number, DrawnPiece[]>} */
  #pieces = new Map()  // line -> its pieces, once they are cut
  /** @type {IntersectionObserver} */
  #watcher

  /**
   * @param {HTMLElement} host
   * @param {MarkedLines} lines
   * @param {Fold[]} folds
   * @param {(line: number) => void} onSight called when a line comes in sight
   * @param {TextRows} [previous] rows in the same host, reused if there are as many with the same folds
   */
  constructor(host, lines, folds, onSight, previous) {
    this.#host = host
    this.#lines = lines
    this.#folds = folds
    this.#onSight = onSight
    /** @type {Set<number>} */
    this.inSight = new Set()
    /** @type {HTMLElement[]} */
    this.elements = []
    /**
     * A folded part's element, its first line and how many there are.
     * @type {[fold: HTMLDetailsElement, first: number, count: number][]}
     */
    this.folded = []
    this.sheet = element("div", "lines viz-code")
    if (previous && previous.#isLike(lines, folds)) this.#takeOver(previous)
    else this.#draw()
    this.#watcher = this.#watch()
  }

  /** Stop watching which rows are in sight. */
  close() { this.#watcher.disconnect() }

  #draw() {
    this.elements = this.#lines.starts.map((_, line) => {
      const row = element("div", "line", element("code"))
      row.dataset.line = String(line + 1)
      write(row, this.#lines.textOf(line))
      return row
    })
    let at = 0
    for (const [first, count, what] of this.#folds) {
      const summary = element("summary", "", both(...FOLD_WORDS[what](count)))
      const fold = element("details", `fold ${what}`, summary, ...this.#inBlocks(first - 1, first - 1 + count))
      this.folded.push([fold, first - 1, count])
      this.sheet.append(...this.#inBlocks(at, first - 1), fold)
      at = first - 1 + count
    }
    this.sheet.append(...this.#inBlocks(at, this.elements.length))
    this.#setWidth()
    this.#host.replaceChildren(this.sheet)
  }

  /**
   * Whether another text has as many lines with the same folds: most edits change only words in lines.
   * @param {MarkedLines} lines
   * @param {Fold[]} folds
   */
  #isLike(lines, folds) {
    return this.sheet.isConnected && lines.count === this.elements.length && String(folds) === String(this.#folds)
  }

  /**
   * Take the elements of other rows and change the words in them.
   * @param {TextRows} previous
   */
  #takeOver(previous) {
    this.elements = previous.elements
    this.folded = previous.folded
    this.sheet = previous.sheet
    this.#blocks = previous.#blocks
    this.elements.forEach((row, line) => {
      const words = this.#lines.textOf(line)
      if (previous.#pieces.has(line) || previous.#lines.textOf(line) !== words) write(row, words)
    })
    this.#setWidth()
    for (const line of previous.inSight) this.pieces(line)
  }

  // Rows out of sight are not laid out, so their width is computed here; wide characters take two columns.
  #setWidth() {
    const lengths = this.#lines.text.split("\n").map(line => line.length + (line.match(WIDE_CHARACTERS)?.length ?? 0))
    this.sheet.style.minWidth = `calc(${Math.max(0, ...lengths)}ch + 6em)`
  }

  /**
   * The rows [from, to) in blocks.
   * @param {number} from
   * @param {number} to
   */
  #inBlocks(from, to) {
    const blocks = []
    for (let at = from; at < to; at += BLOCK_LINES) {
      const rows = this.elements.slice(at, Math.min(to, at + BLOCK_LINES))
      const block = element("div", "block", ...rows)
      block.style.setProperty("contain-intrinsic-size", `auto ${rows.length * LINE_HEIGHT}px`)
      this.#blocks.set(block, rows.map((_, i) => at + i))
      blocks.push(block)
    }
    return blocks
  }

  #watch() {
    const watcher = new IntersectionObserver(entries => {
      for (const {target, isIntersecting} of entries) {
        for (const line of this.#blocks.get(target) ?? []) {
          if (!isIntersecting) this.inSight.delete(line)
          else if (!this.inSight.has(line)) {
            this.inSight.add(line)
            this.#onSight(line)
          }
        }
      }
    }, {root: this.#host, rootMargin: "200px 0px"})
    for (const block of this.#blocks.keys()) watcher.observe(block)
    return watcher
  }

  /**
   * The characters of a line from one on, and all after it.
   * @param {number} line
   * @param {number} column from 0
   */
  rangeFrom(line, column) {
    const range = new Range()
    const texts = document.createTreeWalker(codeOf(this.elements[line]), NodeFilter.SHOW_TEXT)
    range.setStart(this.elements[line], 0)
    for (let text = texts.nextNode(), left = column; text; text = texts.nextNode()) {
      const length = text.textContent?.length ?? 0
      if (left < length) {
        range.setStart(text, left)
        break
      }
      left -= length
    }
    range.setEndAfter(this.elements.at(-1) ?? this.elements[line])
    return range
  }

  /**
   * The pieces of a line that have a mark; they are cut and drawn when first asked for.
   * @param {number} line
   */
  pieces(line) {
    const known = this.#pieces.get(line)
    if (known) return known
    const code = codeOf(this.elements[line])
    code.replaceChildren()
    /** @type {DrawnPiece[]} */
    const drawn = []
    for (const piece of this.#lines.pieces(line)) {
      const words = this.#lines.text.slice(piece.start, piece.end)
      if (piece.mark < 0 && !piece.kind) {
        code.append(words)
        continue
      }
      const span = element("span", piece.kind, words)
      code.append(span)
      if (piece.mark < 0) continue
      MARK_OF.set(span, piece.mark)
      drawn.push({...piece, element: span})
    }
    this.#pieces.set(line, drawn)
    return drawn
  }
}

/**
 * Write a line into its row, which is told how far it is indented.
 * @param {HTMLElement} row
 * @param {string} words
 */
function write(row, words) {
  codeOf(row).replaceChildren(words)
  row.style.setProperty("--indent", String(/^ */.exec(words)?.[0].length ?? 0))
}

/** @param {HTMLElement} row */
function codeOf(row) { return row.children[0] }
