// What an analysis says, decoded: trees, origins, and who wrote which characters. Nothing here knows
// of a page. `tables` hold what several packs share: strings, types, fields, the catalog.
const CERTAINTIES = ["exact", "inherited", "synthesised", "lost"]

export function collect(map, key, value) {
  if (map.has(key)) map.get(key).push(value)
  else map.set(key, [value])
}

// The nodes of one tree by id. Each is six numbers: the step back to its parent (0 for the root), and
// places in the tables of strings, types and fields.
export class Tree {
  constructor(name, {root, nodes}, tables) {
    this.name = name
    this.root = root
    this.tables = tables
    this.nodes = new Map()
    for (let i = 0; i < nodes.length; i += 6) {
      const id = i / 6
      const [key, title, kind, colour] = tables.types[nodes[i + 2]]
      const label = tables.strings[nodes[i + 3]]
      const node = {
        id, key, title, kind, colour,
        parent: nodes[i] ? id - nodes[i] : -1,
        field: tables.strings[nodes[i + 1]],
        label: beyond(title, label),
        dtype: tables.strings[nodes[i + 4]],
        fields: tables.fields[nodes[i + 5]],
        children: [],
      }
      this.nodes.set(id, node)
      this.nodes.get(node.parent)?.children.push(id)
    }
  }

  get(id) { return this.nodes.get(id) }

  // The names and texts of what is no node, in pairs.
  fields(id) {
    const {strings} = this.tables
    const numbers = this.get(id)?.fields ?? []
    return numbers.flatMap((name, i) => i % 2 ? [] : [[strings[name], strings[numbers[i + 1]]]])
  }

  // The catalog's paragraph on a type of node, in both languages, or undefined.
  explanation(key) { return this.tables.catalog[key] }

  path(id) {
    const fields = []
    for (let node = this.get(id); node && node.parent >= 0; node = this.get(node.parent)) fields.unshift(node.field)
    return [this.root, ...fields].filter(Boolean).join(".")
  }

  // The ids from a node up to the root.
  * upwards(id) {
    for (let node = this.get(id); node; node = this.get(node.parent)) yield node.id
  }

  // The ids below a node, parents before children; visit(id) says whether to go further down.
  below(id, visit) {
    for (const child of this.get(id)?.children ?? []) if (visit(child)) this.below(child, visit)
  }
}

// What a label says that the title does not: "i in range(8)" of "For for i in range(8)".
function beyond(title, label) {
  if (label.toLowerCase() === title.toLowerCase()) return ""
  return label.toLowerCase().startsWith(`${title} `.toLowerCase()) ? label.slice(title.length + 1) : label
}

// A tree that was made from the user's: a target's final one, with the texts written from it, or that
// of a stage on the way. Of each node it knows where it comes from, once it is traced.
export class Derived {
  constructor(packed, tables, program) {
    this.name = packed.name
    this.title = packed.title
    this.tree = new Tree(packed.name, packed.tree ?? {root: "", nodes: []}, tables)
    this.texts = packed.texts ?? []
    this.program = program
    this.origins = new Map()
    this.tied = new Map()  // input node -> nodes of this tree
    this.trace(packed)
  }

  trace({passes = [], origins}) {
    this.passes = passes
    if (!origins) return
    const {nodes, inputNodes, made, how, places} = origins
    let id = 0
    nodes.forEach((step, i) => {
      id += step
      const inputNode = inputNodes[i]
      const span = places[inputNode] ?? this.program.span(inputNode)
      this.origins.set(id, {inputNode, span, made: made[i] ?? 0, how: CERTAINTIES[how[i]]})
      if (inputNode >= 0) collect(this.tied, inputNode, id)
    })
  }

  // The origin of a node, or of the nearest node around it that has one.
  origin(id) {
    for (const each of this.tree.upwards(id)) if (this.origins.has(each)) return this.origins.get(each)
    return this.origins.get(id)
  }

  passName(number) { return (this.passes[number - 1] ?? "").split(".").pop() }
}

// The user's program: its tree, the places of its nodes, and these as the marks of its text. Of
// nodes at one place the first stands for all: what defines a variable comes before its uses. Nodes
// without a place, such as a loop's variable, are at that of the nearest node around them.
export class Program {
  constructor({tree, spans}, tables) {
    this.tree = new Tree("input", tree, tables)
    this.spans = new Map()
    this.peers = new Map()  // "start-end" -> ids
    for (let i = 0; i < spans.length; i += 3) {
      const [id, start, end] = spans.slice(i, i + 3)
      this.spans.set(id, [start, end])
      collect(this.peers, `${start}-${end}`, id)
    }
    this.placeless = new Map()  // id -> ids without a place that are at its place
    for (const {id, kind} of this.tree.nodes.values()) {
      const placed = this.placed(id)
      if (kind !== "type" && placed !== undefined && placed !== id) collect(this.placeless, placed, id)
    }
  }

  // The nearest node around a node, or itself, that has a place.
  placed(id) {
    for (const each of this.tree.upwards(id)) if (this.spans.has(each)) return each
    return undefined
  }

  span(id) { return this.spans.get(this.placed(id)) }

  // The nodes that a place of the text is: statements that share it, and what has no other.
  together(id) {
    const others = this.peers.get(this.spans.get(id).join("-")).filter(each => this.tree.get(each).kind === "stmt")
    return (others.includes(id) ? others : [id]).flatMap(each => [each, ...this.placeless.get(each) ?? []])
  }

  marks() {
    const found = [...this.peers.values()].map(([id]) => [...this.spans.get(id), id])
    found.sort((a, b) => a[0] - b[0] || b[1] - a[1])
    const marks = [], around = []
    for (const mark of found) {
      while (around.length && around.at(-1) <= mark[0]) around.pop()
      if (around.length && mark[1] > around.at(-1)) continue  // crosses another
      around.push(mark[1])
      marks.push(mark)
    }
    return marks
  }
}

// The user's text and program, and the trees made from it by name.
export class Model {
  constructor(text, packed, tables) {
    this.text = text
    this.program = new Program(packed, tables)
    this.derived = new Map()
  }

  add(packed, tables) {
    this.derived.set(packed.name, new Derived(packed, tables, this.program))
    return this.derived.get(packed.name)
  }

  tree(name) { return name === "input" ? this.program.tree : this.derived.get(name)?.tree }

  // The lines of the user's text that a span touches, from 1.
  linesOf([start, end]) {
    const count = at => this.text.slice(0, at).split("\n").length
    return [count(start), count(Math.max(start, end - 1))]
  }
}

// Marks as [start, end, node] from steps of start, lengths and nodes.
export function unpackMarks(numbers) {
  const marks = []
  let start = 0
  for (let i = 0; i < numbers.length; i += 3) {
    start += numbers[i]
    marks.push([start, start + numbers[i + 1], numbers[i + 2]])
  }
  return marks
}
