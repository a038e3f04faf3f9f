// A text whose pieces light up and can be pointed at. Lighting costs what is in sight.
import {scrollIntoSight} from "./elements.js"
import {MarkedLines} from "./lines.js"
import {LINK_KINDS, linksIn, markedLinks, unmarkedSpans} from "./links.js"
import {collect} from "./model.js"
import {TextRows, markOfElement} from "./rows.js"

/** @import {Mark, Piece} from "./lines.js" */
/** @import {LinkModel} from "./model.js" */
/** @import {Fold, Span} from "./packed.d.ts" */
/** @import {Link, Links, NodeLinks, Ref, SpanLink, View} from "./view.d.ts" */

/**
 * `tree` names the tree that the marks' nodes belong to; it is empty when there are no marks. A text of the
 * user's tree is the user's own unless it is printed.
 * @typedef {{tree: string, text: string, language: string, marks: Mark[], folds?: Fold[] | null,
 *   visitors?: Record<string, string>, isPrinted?: boolean}} ListingText
 */

/**
 * A lit place, on its line (from 0).
 * @typedef {{start: number, end: number, line: number}} LitPlace
 */

/** @implements {View<LitPlace>} */
export class Listing {
  #marks
  #visitors
  #isPrinted
  #lines
  /** @type {TextRows} */
  #rows
  /** @type {Map<number, number[]>} */
  #marksOf = new Map()  // node -> its marks
  #cursor = -1
  /** @type {Element[]} */
  #lit = []
  #isDark = false
  /** @type {(Link | undefined)[]} */
  #own = []  // by mark: how what it wrote is linked
  /** @type {(Link | undefined)[]} */
  #enclosing = []  // by mark: how the nearest linked mark around it is
  /** @type {SpanLink[]} */
  #spans = []  // lit places without a mark, each on one line
  /** @type {Set<number>} */
  #margin = new Set()  // lines of what is lit over several lines

  /**
   * @param {HTMLElement} host
   * @param {ListingText} text
   * @param {Listing} [previous] the listing before it in the same host, whose rows it may take over
   */
  constructor(host, {tree, text, language, marks, folds, visitors = {}, isPrinted = false}, previous) {
    this.#isPrinted = isPrinted
    this.host = host
    this.tree = tree
    this.#marks = marks
    this.#visitors = visitors
    this.#lines = new MarkedLines(text, language, marks)
    marks.forEach(([, , node], i) => collect(this.#marksOf, node, i))
    if (previous) previous.#darken()
    const before = previous ? previous.#rows : undefined
    this.#rows = new TextRows(host, this.#lines, folds ?? [], line => this.#paint(line), before)
    this.light(new Map())
  }

  close() { this.#rows.close() }

  /**
   * Whether this listing took over the rows of another, with their scroll position and folds.
   * @param {Listing} other
   */
  sharesRowsWith(other) { return this.#rows.sheet === other.#rows.sheet }

  /**
   * The C++ function that wrote a node's text here; empty where the node wrote none.
   * @param {number} id
   * @param {string} key the node's type key
   */
  visitorOf(id, key) { return this.#marksOf.has(id) ? this.#visitors[key] ?? "" : "" }

  // ---------------------------------------------------------------- lighting

  /**
   * Light what is linked; in the user's text also places that no mark has.
   * @param {Links} links
   * @param {LinkModel | undefined} model
   */
  show(links, model) {
    /** @param {number} id */
    const isMarked = id => this.#marksOf.has(id)
    const tree = model?.tree(this.tree)
    if (this.tree === "input" && !this.#isPrinted) this.light(links.input, model ? unmarkedSpans(model, links, isMarked) : [])
    else this.light(tree ? markedLinks(tree, isMarked, linksIn(links, this.tree)) : new Map())
  }

  /**
   * Light the marks of nodes, what each wrote itself strongly and what is inside it softly, and places
   * without a mark.
   * @param {NodeLinks} links
   * @param {SpanLink[]} [spans]
   */
  light(links, spans = []) {
    if (!links.size && !spans.length && !this.#lit.length && this.#isDark) return
    this.#isDark = !links.size && !spans.length
    this.#own = this.#marks.map(([, , node]) => links.get(node))
    this.#enclosing = []  // parents come before their children
    this.#lines.parents.forEach((parent, i) => {
      this.#enclosing[i] = parent >= 0 ? this.#own[parent] ?? this.#enclosing[parent] : undefined
    })
    // A place over several lines is shown in the margin alone.
    const long = spans.filter(([span]) => this.#lines.text.slice(...span).includes("\n"))
    this.#spans = spans.filter(span => !long.includes(span))
    this.#margin = this.#marginLines(long.map(([span]) => span))
    this.#darken()
    for (const line of this.#rows.inSight) this.#paint(line)
    // Of folded lines the row that stands for them lights up.
    for (const [fold, first, count] of this.#rows.folded) {
      const [some] = this.#lines.spansOf(mark => this.#own[mark], this.#lines.starts[first], this.#lines.end(first + count - 1))
      if (some) this.#add(fold.children[0], "holds")
    }
  }

  #darken() {
    for (const place of this.#lit) place.classList.remove("own", "inside", "within", "holds", ...LINK_KINDS)
    this.#lit = []
  }

  /** @param {number} line */
  #paint(line) {
    const pieces = this.#rows.pieces(line)
    if (this.#margin.has(line)) this.#add(this.#rows.elements[line], "within")
    for (const piece of pieces) {
      const own = this.#ownLink(piece)
      const enclosing = this.#enclosing[piece.mark]
      if (own) this.#add(piece.element, "own", own)
      else if (enclosing) this.#add(piece.element, "inside", enclosing)
    }
  }

  /** @param {Piece} piece */
  #ownLink({mark, start, end}) {
    return this.#own[mark] ?? this.#spans.find(([[from, to]]) => from <= start && end <= to)?.[1]
  }

  /**
   * The lines of lit marks and of other places that go over several lines; of nested marks the outer.
   * @param {Span[]} spans
   */
  #marginLines(spans) {
    /** @type {Set<number>} */
    const lines = new Set()
    /** @param {number} start @param {number} end */
    const add = (start, end) => {
      const [first, last] = [this.#lines.lineOf(start), this.#lines.lineOf(Math.max(start, end - 1))]
      for (let line = first; first < last && line <= last; line += 1) lines.add(line)
    }
    let until = 0
    this.#marks.forEach(([start, end], i) => {
      if (!this.#own[i] || start < until) return
      until = end
      add(start, end)
    })
    for (const span of spans) add(...span)
    return lines
  }

  /** @param {Element} place @param {...string} names */
  #add(place, ...names) {
    place.classList.add(...names)
    this.#lit.push(place)
  }

  // ---------------------------------------------------------------- places

  /** The lit places in order, of several on one line the first. */
  places() {
    /** @type {LitPlace[]} */
    const places = []
    /** @param {number} start @param {number} end */
    const add = (start, end) => {
      const line = this.#lines.lineOf(start)
      if (places.at(-1)?.line !== line) places.push({start, end, line})
    }
    for (const [start, end] of this.#lines.spansOf(mark => this.#own[mark])) add(start, end)
    if (!places.length) for (const [[start, end]] of this.#spans) add(start, end)
    return places
  }

  /**
   * Scroll to a lit place; without one to the first, unless something lit can be seen.
   * @param {LitPlace} [place]
   */
  reveal(place) {
    const first = place ?? this.places()[0]
    if (!first) return
    const alsoGood = place ? [] : this.#lit.filter(lit => lit.matches(".own, .holds"))
    const pieces = this.#rows.pieces(first.line)
    const piece = pieces.find(({end}) => end > first.start)?.element ?? this.#rows.elements[first.line]
    scrollIntoSight(this.host, [...alsoGood, piece.closest("details:not([open])")?.children[0] ?? piece])
  }

  /**
   * @param {Element} place
   * @param {LinkModel} model
   * @param {boolean} wide whether to take the mark that encloses it
   */
  refAt(place, model, wide) {
    const mark = this.#markUnder(place)
    const chosen = wide && mark >= 0 ? Math.max(this.#lines.parents[mark], -1) : mark
    return chosen < 0 || !this.tree ? null : this.#refOf(chosen, model)
  }

  /** @param {Element} place */
  #markUnder(place) {
    const line = place.closest(".line")?.getAttribute("data-line")
    return markOfElement(place.closest("span")) ?? (line ? this.#lines.markOfLine(Number(line) - 1) : -1)
  }

  /**
   * @param {number} mark
   * @param {LinkModel} model
   * @returns {Ref}
   */
  #refOf(mark, model) {
    const node = this.#marks[mark][2]
    return {tree: this.tree, ids: this.tree === "input" ? model.program.nodesAtPlaceOf(node) : [node]}
  }

  get text() { return this.#lines.text }

  /**
   * The characters from an offset to the end; undefined where there are none.
   * @param {number} offset
   */
  rangeFrom(offset) {
    if (offset >= this.#lines.text.length) return undefined
    const line = this.#lines.lineOf(offset)
    this.#rows.pieces(line)  // cut once, its text stays where it is
    return this.#rows.rangeFrom(line, offset - this.#lines.starts[line])
  }

  // ---------------------------------------------------------------- keyboard

  /** @param {Element} place */
  moveCursor(place) { this.#cursor = this.#markUnder(place) }

  forgetCursor() { this.#cursor = -1 }

  /**
   * Move the cursor one arrow key on; without one it begins at what is pinned, else at the first row in sight.
   * @param {string} key
   * @param {Ref | null} pinned
   * @param {LinkModel} model
   */
  step(key, pinned, model) {
    if (!this.tree) return null
    const from = this.#cursor >= 0 ? this.#cursor : this.#marksOf.get(pinned?.tree === this.tree ? pinned.ids[0] : -1)?.[0]
    const mark = from === undefined ? this.#firstVisible() : this.#lines.step(key, from)
    if (mark < 0) return null
    this.#cursor = mark
    return this.#refOf(mark, model)
  }

  #firstVisible() {
    const top = this.host.getBoundingClientRect().top
    const line = this.#rows.elements.findIndex((row, i) => row.getBoundingClientRect().top >= top && this.#lines.markOfLine(i) >= 0)
    return line < 0 ? -1 : this.#lines.markOfLine(line)
  }
}
