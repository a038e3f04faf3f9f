// A text as lines of coloured pieces, each of which knows the innermost node that wrote it.
const listings = new Map()  // name -> Listing
const listingOf = new WeakMap()  // element -> Listing

class Listing {
  // `tree` names the tree that the marks' nodes belong to.
  constructor(host, tree, packed, marks) {
    Object.assign(this, {host, tree, marks, cursor: -1, lit: [], visitors: packed.visitors ?? {}})
    this.text = host.querySelector("pre").textContent
    this.parents = this.nesting()
    this.byNode = new Map()
    marks.forEach(([, , node], i) => collect(this.byNode, node, i))
    this.pieces = []
    this.lines = []
    this.onLine = []  // the pieces of each line
    this.folded = []  // [element, first line from 0, count]
    this.draw(packed.tokens, packed.folds ?? [])
    this.light(new Map())
    listingOf.set(host, this)
  }

  // The mark around each mark, -1 for none. Marks come outer ones first.
  nesting() {
    const around = []
    return this.marks.map(([start], i) => {
      while (around.length && this.marks[around.at(-1)][1] <= start) around.pop()
      const parent = around.at(-1) ?? -1
      around.push(i)
      return parent
    })
  }

  // ---------------------------------------------------------------- drawing

  draw(tokens, folds) {
    const lines = element("div", "lines viz-code")
    let line = this.newLine()
    for (const {start, end, mark, token} of this.cut(tokens)) {
      const words = this.text.slice(start, end)
      if (mark < 0 && !token) line.lastChild.append(words)
      else {
        const piece = element("span", TOKENS[token], words)
        if (mark >= 0) {
          piece.mark = mark
          this.pieces.push({start, end, mark, element: piece, line: this.lines.length - 1})
          this.onLine.at(-1).push(this.pieces.at(-1))
        }
        line.lastChild.append(piece)
      }
      if (words.endsWith("\n") && end < this.text.length) line = this.newLine()
    }
    this.fold(lines, folds)
    this.host.replaceChildren(lines)
    this.watch()
  }

  newLine() {
    const line = element("div", "line", element("code"))
    line.dataset.line = this.lines.length + 1
    this.lines.push(line)
    this.onLine.push([])
    return line
  }

  // Yield the pieces of the text between all edges of tokens, marks, indentations and lines.
  * cut(tokens) {
    const marks = this.marks
    const inside = []
    let at = 0, next = 0, token = 0, tokenEnd = tokens.length ? tokens[0] : this.text.length
    while (at < this.text.length) {
      while (at >= tokenEnd && token + 2 < tokens.length) {
        token += 2
        tokenEnd += tokens[token]
      }
      while (inside.length && marks[inside.at(-1)][1] <= at) inside.pop()
      while (next < marks.length && marks[next][0] <= at) {
        if (marks[next][1] > at) inside.push(next)
        next += 1
      }
      let end = tokenEnd > at ? tokenEnd : this.text.length
      if (inside.length) end = Math.min(end, marks[inside.at(-1)][1])
      if (next < marks.length) end = Math.min(end, marks[next][0])
      const words = this.text.slice(at, end)
      const lineEnd = words.indexOf("\n")
      if (lineEnd >= 0) end = at + (lineEnd || 1)  // a line break is a piece of its own
      const space = at === 0 || this.text[at - 1] === "\n" ? /^[ \t]+/.exec(words)?.[0].length : 0
      if (space) end = Math.min(end, at + space)
      const blank = !this.text.slice(at, end).trim() && (space || lineEnd === 0)
      yield {start: at, end, mark: blank ? -1 : inside.at(-1) ?? -1, token: tokens[token + 1] ?? 0}
      at = end
    }
  }

  fold(lines, folds) {
    let at = 0
    for (const [first, count, what] of folds) {
      lines.append(...this.lines.slice(at, first - 1))
      const words = element("summary", "", both(...FOLDED[what](count)))
      const fold = element("details", `fold ${what}`, words, ...this.lines.slice(first - 1, first - 1 + count))
      this.folded.push([fold, first - 1, count])
      lines.append(fold)
      at = first - 1 + count
    }
    lines.append(...this.lines.slice(at))
  }

  // ---------------------------------------------------------------- lighting

  // Light the marks of nodes: what each wrote itself strongly, what stands inside it softly. `spans`
  // are places without a mark, [[start, end], how]. Only lines in sight are touched, so that
  // thousands of pieces cost nothing; the rest follows as they come in sight.
  light(found, spans = []) {
    this.how = this.marks.map(([, , node]) => found.get(node))
    this.inside = []  // marks come outer ones first
    this.parents.forEach((parent, i) => {
      this.inside[i] = parent >= 0 ? this.how[parent] ?? this.inside[parent] : undefined
    })
    // A place over several lines is one nobody wrote as such: the margin says enough.
    const several = spans.filter(([span]) => this.text.slice(...span).includes("\n"))
    this.spans = spans.filter(each => !several.includes(each))
    this.beside = this.margin(several)
    for (const each of this.lit) each.classList.remove("own", "inside", "within", "holds", ...LIT)
    this.lit = []
    for (const number of this.inSight) this.paint(number)
    // Folded lines cannot be seen: their row lights up instead.
    for (const [fold, first, count] of this.folded) {
      const pieces = this.onLine.slice(first, first + count)
      if (pieces.some(line => line.some(piece => this.ownHow(piece)))) this.add(fold.firstChild, "holds")
    }
  }

  paint(number) {
    if (this.beside.has(number)) this.add(this.lines[number], "within")
    for (const piece of this.onLine[number]) {
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
      const first = this.pieces[this.firstPiece(start)]?.line
      const last = this.pieces[this.firstPiece(end) - 1]?.line
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

  firstPiece(start) {
    let low = 0, high = this.pieces.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.pieces[middle].start < start) low = middle + 1
      else high = middle
    }
    return low
  }

  add(target, ...names) {
    target.classList.add(...names)
    this.lit.push(target)
  }

  // Keep note of the lines in sight, and paint those that come into it.
  watch() {
    this.inSight = new Set()
    const watcher = new IntersectionObserver(entries => {
      for (const {target, isIntersecting} of entries) {
        const number = target.dataset.line - 1
        if (!isIntersecting) this.inSight.delete(number)
        else if (!this.inSight.has(number)) {
          this.inSight.add(number)
          this.paint(number)
        }
      }
    }, {root: this.host, rootMargin: "400px 0px"})
    for (const line of this.lines) watcher.observe(line)
  }

  // ---------------------------------------------------------------- places

  // The lines that a span touches, from 1.
  linesOf([start, end]) {
    const count = at => this.text.slice(0, at).split("\n").length
    return [count(start), count(Math.max(start, end - 1))]
  }

  // Scroll so that something lit can be seen, unless it can already.
  reveal() {
    const shown = this.lit.filter(each => each.matches(".own, .holds"))
    if (shown.length) scrollTo(this.host, shown)
    else {
      const first = this.pieces.find(piece => this.ownHow(piece))?.element
      if (first) scrollTo(this.host, [first.closest("details:not([open])")?.firstChild ?? first])
    }
  }

  // ---------------------------------------------------------------- the keyboard

  // The mark one step away: out, in, or beside it.
  step(key) {
    if (this.cursor < 0) return this.firstVisible()
    const parent = this.parents[this.cursor]
    if (key === "ArrowLeft") return parent
    if (key === "ArrowRight") return this.parents.indexOf(this.cursor)
    const beside = this.parents.flatMap((each, i) => each === parent ? [i] : [])
    return beside[beside.indexOf(this.cursor) + (key === "ArrowDown" ? 1 : -1)] ?? -1
  }

  // The mark of what begins on a line, for who points beside the text; -1 where nothing does.
  markOfLine(line) {
    const first = this.onLine[line.dataset.line - 1][0]
    if (!first) return -1
    let mark = first.mark
    for (let out = this.parents[mark]; out >= 0 && this.marks[out][0] >= first.start; out = this.parents[mark]) mark = out
    return mark
  }

  firstVisible() {
    const top = this.host.getBoundingClientRect().top
    const piece = this.pieces.find(({element}) => element.getBoundingClientRect().top > top)
    return piece ? piece.mark : -1
  }
}

const LIT = ["exact", "inherited", "made"]
const calm = matchMedia("(prefers-reduced-motion: reduce)")

function scrollTo(host, elements) {
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
