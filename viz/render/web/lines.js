// A text cut along its marks and tokens: pure arithmetic on offsets, no page.
import {tokens} from "./lexer.js"

// The place of the last number in a rising list that is at most `value`; -1 when all are greater.
export function placeOf(list, value) {
  let low = 0, high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle] <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

export class Lines {
  // `marks` are [start, end, node], outer ones first; they nest.
  constructor(text, language, marks) {
    this.text = text
    this.marks = marks
    this.starts = [0]
    for (let at = text.indexOf("\n"); at >= 0 && at + 1 < text.length; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1)
    this.tokens = tokens(text, language)
    this.parents = this.nesting()
    this.cut()
  }

  get count() { return this.starts.length }

  end(line) { return this.starts[line + 1] ?? this.text.length }

  // The line, from 0, of an offset.
  lineOf(offset) { return Math.max(0, placeOf(this.starts, offset)) }

  // The mark around each mark, -1 for none.
  nesting() {
    const around = []
    return this.marks.map(([start], i) => {
      while (around.length && this.marks[around.at(-1)][1] <= start) around.pop()
      const parent = around.at(-1) ?? -1
      around.push(i)
      return parent
    })
  }

  // Cut the text where the innermost mark changes: `edges` rise, `owners` are marks or -1.
  cut() {
    this.edges = []
    this.owners = []
    const add = (offset, owner) => {
      if (this.edges.at(-1) === offset) this.owners[this.owners.length - 1] = owner
      else if (this.owners.at(-1) !== owner) {
        this.edges.push(offset)
        this.owners.push(owner)
      }
    }
    add(0, -1)
    const open = []
    const close = until => {
      while (open.length && this.marks[open.at(-1)][1] <= until) {
        const end = this.marks[open.pop()][1]
        add(end, open.at(-1) ?? -1)
      }
    }
    this.marks.forEach(([start, end], i) => {
      close(start)
      if (end <= start) return
      open.push(i)
      add(start, i)
    })
    close(Infinity)
  }

  // The innermost mark at an offset, -1 for none.
  markAt(offset) { return this.owners[placeOf(this.edges, offset)] ?? -1 }

  // The pieces of a line between all edges of marks and tokens, its indentation apart.
  pieces(line) {
    const found = []
    const end = this.end(line)
    let at = this.starts[line]
    let edge = placeOf(this.edges, at)
    let token = Math.max(0, placeOf(this.tokens.starts, at))
    const add = (to, mark, kind) => {
      if (to > at) found.push({start: at, end: to, mark, kind})
      at = to
    }
    const space = /[ \t]*/y
    space.lastIndex = at
    add(Math.min(end, at + space.exec(this.text)[0].length), -1, "")
    while (at < end) {
      while (edge + 1 < this.edges.length && this.edges[edge + 1] <= at) edge += 1
      while (token < this.tokens.starts.length && this.tokens.ends[token] <= at) token += 1
      const inside = token < this.tokens.starts.length && this.tokens.starts[token] <= at
      const next = inside ? this.tokens.ends[token] : this.tokens.starts[token] ?? end
      const stop = Math.min(end, next, this.edges[edge + 1] ?? end)
      const broken = this.text[stop - 1] === "\n" ? stop - 1 : stop
      add(broken > at ? broken : stop, broken > at ? this.owners[edge] : -1, inside ? this.tokens.classes[token] : "")
    }
    return found
  }

  // The offsets [start, end) that belong to marks for which `wanted` says yes, in order, blanks out.
  * places(wanted, from = 0, to = this.text.length) {
    for (let i = Math.max(0, placeOf(this.edges, from)); i < this.edges.length && this.edges[i] < to; i += 1) {
      const [start, end] = [Math.max(from, this.edges[i]), Math.min(to, this.edges[i + 1] ?? this.text.length)]
      if (this.owners[i] >= 0 && wanted(this.owners[i]) && this.text.slice(start, end).trim()) yield [start, end]
    }
  }

  // The mark of what begins on a line, for who points beside the text; -1 where nothing does.
  markOfLine(line) {
    const [first] = this.places(() => true, this.starts[line], this.end(line))
    if (!first) return -1
    let mark = this.markAt(first[0])
    for (let out = this.parents[mark]; out >= 0 && this.marks[out][0] >= first[0]; out = this.parents[mark]) mark = out
    return mark
  }

  // The mark one step away from a mark: out, in, or beside it; -1 for none.
  step(key, mark) {
    const parent = this.parents[mark]
    if (key === "ArrowLeft") return parent
    if (key === "ArrowRight") return this.parents.indexOf(mark)
    const beside = this.parents.flatMap((each, i) => each === parent ? [i] : [])
    return beside[beside.indexOf(mark) + (key === "ArrowDown" ? 1 : -1)] ?? -1
  }
}
