// A text as lines that light up. Lines out of sight hold plain text; they are cut into pieces, each of
// which knows the innermost node that wrote it, as they come in sight. So a text of thousands of
// lines opens at once and lighting it costs what can be seen.
import {collect} from "./model.js"
import {unmarked, written} from "./linked.js"
import {Lines} from "./lines.js"
import {FOLDED, both, element} from "./words.js"

const WIDE = /[\u1100-\u115f\u2e80-\uffdc]/g

export const LIT = ["exact", "inherited", "made"]

const TOGETHER = 16  // lines that come in sight as one: to watch each of thousands costs every frame
const HEIGHT = 20  // of a line, where it was not drawn yet

export class Listing {
  // `tree` names the tree that the marks' nodes belong to; empty when there are no marks. `before` is
  // a listing in the same place, of a text that this one follows.
  constructor(host, {tree, text, language, marks, folds = [], visitors = {}}, before) {
    Object.assign(this, {host, tree, marks, visitors, folds, cursor: -1, lit: [], beside: new Set()})
    this.lines = new Lines(text, language, marks)
    this.byNode = new Map()
    marks.forEach(([, , node], i) => collect(this.byNode, node, i))
    this.pieces = new Map()  // line -> its pieces, once they are cut
    this.folded = []  // [element, first line from 0, count]
    if (before?.isLike(this)) this.takeOver(before)
    else this.draw()
    this.light(new Map())
  }

  // ---------------------------------------------------------------- drawing

  draw() {
    this.rows = this.lines.starts.map((_, i) => {
      const row = element("div", "line", element("code", "", this.words(i)))
      row.dataset.line = i + 1
      return row
    })
    const sheet = this.sheet = element("div", "lines viz-code")
    this.blocks = []
    let at = 0
    for (const [first, count, what] of this.folds) {
      const words = element("summary", "", both(...FOLDED[what](count)))
      const fold = element("details", `fold ${what}`, words, ...this.grouped(first - 1, first - 1 + count))
      this.folded.push([fold, first - 1, count])
      sheet.append(...this.grouped(at, first - 1), fold)
      at = first - 1 + count
    }
    sheet.append(...this.grouped(at, this.rows.length))
    this.widen()
    this.host.replaceChildren(sheet)
    this.watch()
  }

  words(number) { return this.lines.text.slice(this.lines.starts[number], this.lines.end(number)) }

  // Whether another text has as many lines, folded alike: most edits change what some lines say.
  isLike({lines, folds}) {
    return this.sheet.isConnected && lines.starts.length === this.rows.length && String(folds) === String(this.folds)
  }

  // Take the rows of a listing that is like this one, and change the words in them.
  takeOver(before) {
    for (const name of ["rows", "blocks", "folded", "sheet"]) this[name] = before[name]
    before.darken()
    this.rows.forEach((row, i) => {
      const words = this.words(i)
      if (before.pieces.has(i) || before.words(i) !== words) row.firstChild.replaceChildren(words)
    })
    this.widen()
    for (const number of before.inSight) this.piecesOf(number)
    this.watch()
  }

  // Lines out of sight are not laid out, so their width is said here; wide characters take two.
  widen() {
    const longest = Math.max(0, ...this.lines.text.split("\n").map(line => line.length + (line.match(WIDE)?.length ?? 0)))
    this.sheet.style.minWidth = `calc(${longest}ch + 6em)`
  }

  // Some rows in blocks, each of which knows its lines.
  grouped(from, to) {
    const found = []
    for (let at = from; at < to; at += TOGETHER) {
      const rows = this.rows.slice(at, Math.min(to, at + TOGETHER))
      const block = element("div", "block", ...rows)
      block.style.containIntrinsicSize = `auto ${rows.length * HEIGHT}px`
      block.numbers = rows.map((_, i) => at + i)
      found.push(block)
    }
    this.blocks.push(...found)
    return found
  }

  // Keep note of the lines in sight, and paint those that come into it.
  watch() {
    this.inSight = new Set()
    this.watcher = new IntersectionObserver(entries => {
      for (const {target, isIntersecting} of entries) {
        for (const number of target.numbers) {
          if (!isIntersecting) this.inSight.delete(number)
          else if (!this.inSight.has(number)) {
            this.inSight.add(number)
            this.paint(number)
          }
        }
      }
    }, {root: this.host, rootMargin: "200px 0px"})
    for (const block of this.blocks) this.watcher.observe(block)
  }

  close() { this.watcher.disconnect() }

  piecesOf(number) {
    if (this.pieces.has(number)) return this.pieces.get(number)
    const code = this.rows[number].firstChild
    code.replaceChildren()
    const pieces = []
    for (const piece of this.lines.pieces(number)) {
      const words = this.lines.text.slice(piece.start, piece.end)
      if (piece.mark < 0 && !piece.kind) code.append(words)
      else {
        piece.element = element("span", piece.kind, words)
        code.append(piece.element)
      }
      if (piece.mark < 0) continue
      piece.element.mark = piece.mark
      pieces.push(piece)
    }
    this.pieces.set(number, pieces)
    return pieces
  }

  // ---------------------------------------------------------------- lighting

  // Show what is linked: for the user's text also places that no mark of its own shows.
  show(found, model) {
    const marked = id => this.byNode.has(id)
    if (this.tree === "input") this.light(found.input, unmarked(model, found, marked))
    else if (this.tree) this.light(written(model.tree(this.tree), marked, found.trees.get(this.tree) ?? new Map()))
  }

  // Light the marks of nodes: what each wrote itself strongly, what stands inside it softly. `spans`
  // are places without a mark, [[start, end], how].
  light(found, spans = []) {
    if (!found.size && !spans.length && !this.lit.length && this.dark) return
    this.dark = !found.size && !spans.length
    this.how = this.marks.map(([, , node]) => found.get(node))
    this.inside = []  // marks come outer ones first
    this.lines.parents.forEach((parent, i) => {
      this.inside[i] = parent >= 0 ? this.how[parent] ?? this.inside[parent] : undefined
    })
    // A place over several lines is one nobody wrote as such: the margin says enough.
    const several = spans.filter(([span]) => this.lines.text.slice(...span).includes("\n"))
    this.spans = spans.filter(each => !several.includes(each))
    this.beside = this.margin(several)
    this.darken()
    for (const number of this.inSight) this.paint(number)
    // Folded lines cannot be seen: their row lights up instead.
    for (const [fold, first, count] of this.folded) {
      const [some] = this.lines.places(mark => this.how[mark], this.lines.starts[first], this.lines.end(first + count - 1))
      if (some) this.add(fold.firstChild, "holds")
    }
  }

  darken() {
    for (const each of this.lit) each.classList.remove("own", "inside", "within", "holds", ...LIT)
    this.lit = []
  }

  paint(number) {
    const pieces = this.piecesOf(number)
    if (this.beside.has(number)) this.add(this.rows[number], "within")
    for (const piece of pieces) {
      const how = this.ownHow(piece)
      if (how) this.add(piece.element, "own", how)
      else if (this.inside[piece.mark]) this.add(piece.element, "inside", this.inside[piece.mark])
    }
  }

  ownHow({mark, start, end}) {
    return this.how[mark] ?? this.spans.find(([[from, to]]) => from <= start && end <= to)?.[1]
  }

  // The lines of marks, and of other places, that go over several; outer ones speak for inner ones.
  margin(spans) {
    const found = new Set()
    const add = (start, end) => {
      const [first, last] = [this.lines.lineOf(start), this.lines.lineOf(Math.max(start, end - 1))]
      for (let line = first; first < last && line <= last; line += 1) found.add(line)
    }
    let until = 0
    this.marks.forEach(([start, end], i) => {
      if (!this.how[i] || start < until) return
      until = end
      add(start, end)
    })
    for (const [span] of spans) add(...span)
    return found
  }

  add(target, ...names) {
    target.classList.add(...names)
    this.lit.push(target)
  }

  // ---------------------------------------------------------------- places

  // Where something is lit, [start, end] in order; runs on one line count once.
  places() {
    const found = []
    const add = (start, end) => {
      const line = this.lines.lineOf(start)
      if (found.at(-1)?.line !== line) found.push({start, end, line})
    }
    for (const [start, end] of this.lines.places(mark => this.how[mark])) add(start, end)
    if (!found.length) for (const [[start, end]] of this.spans) add(start, end)
    return found
  }

  // Scroll so that something lit can be seen: the given place, else any unless one can already.
  reveal(place) {
    const first = place ?? this.places()[0]
    if (!first) return
    const seen = place ? [] : this.lit.filter(each => each.matches(".own, .holds"))
    const pieces = this.piecesOf(first.line)
    const piece = pieces.find(({end}) => end > first.start)?.element ?? this.rows[first.line]
    scrollTo(this.host, [...seen, piece.closest("details:not([open])")?.firstChild ?? piece])
  }

  // The reference under an element of the page, or null; `wide` takes what stands around it.
  refAt(place, model, wide) {
    const mark = this.markUnder(place)
    const chosen = wide && mark >= 0 ? Math.max(this.lines.parents[mark], -1) : mark
    return chosen < 0 || !this.tree ? null : this.refOf(chosen, model)
  }

  markUnder(place) {
    const row = place.closest(".line")
    return place.closest("span")?.mark ?? (row ? this.lines.markOfLine(row.dataset.line - 1) : -1)
  }

  refOf(mark, model) {
    const node = this.marks[mark][2]
    return {tree: this.tree, ids: this.tree === "input" ? model.program.together(node) : [node]}
  }

  // The reference one step away from where the keyboard last was.
  step(key, pinned, model) {
    if (!this.tree) return null
    const from = this.cursor >= 0 ? this.cursor : this.byNode.get(pinned?.tree === this.tree ? pinned.ids[0] : -1)?.[0]
    const mark = from === undefined ? this.firstVisible() : this.lines.step(key, from)
    if (mark < 0) return null
    this.cursor = mark
    return this.refOf(mark, model)
  }

  firstVisible() {
    const top = this.host.getBoundingClientRect().top
    const row = this.rows.findIndex(each => each.getBoundingClientRect().top >= top && this.lines.markOfLine(each.dataset.line - 1) >= 0)
    return row < 0 ? -1 : this.lines.markOfLine(row)
  }
}

const calm = matchMedia("(prefers-reduced-motion: reduce)")

// Scroll a host so that one of some elements can be seen, unless one can already.
export function scrollTo(host, elements) {
  const frame = host.getBoundingClientRect()
  if (!frame.height || !elements.length) return
  const boxes = elements.map(each => each.getBoundingClientRect()).filter(box => box.height)
  const across = box => box.left < frame.right - 60 && box.right > frame.left + 60
  const seen = box => box.top >= frame.top && box.bottom <= frame.bottom && across(box)
  if (!boxes.length || boxes.some(seen)) return
  const box = boxes[0]
  const top = box.top >= frame.top && box.bottom <= frame.bottom ? 0 : box.top - frame.top - frame.height * 0.4
  const left = across(box) ? 0 : box.left - frame.left - frame.width * 0.3
  const far = Math.abs(top) > 2 * frame.height  // to watch a thousand lines go by helps nobody
  host.scrollBy({top, left, behavior: calm.matches || far ? "instant" : "smooth"})
}
