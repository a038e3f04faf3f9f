// The page's data, decoded: trees, origins, and who wrote which characters.
const data = JSON.parse(document.getElementById("data").textContent)
const CERTAINTIES = ["exact", "inherited", "synthesised", "lost"]
const TOKENS = ["", "k", "m", "nb", "nf", "s", "c", "cp"]

function collect(map, key, value) {
  if (map.has(key)) map.get(key).push(value)
  else map.set(key, [value])
}

// The nodes of one tree by id. Each is seven numbers: the step from the id before, the step back to
// its parent (0 for the root), and places in the tables of strings, types and fields.
class Tree {
  constructor(name, {root, nodes}) {
    this.name = name
    this.root = root
    this.nodes = new Map()
    let id = 0
    for (let i = 0; i < nodes.length; i += 7) {
      id += nodes[i]
      const [key, title, kind, colour] = data.types[nodes[i + 3]]
      const label = data.strings[nodes[i + 4]]
      const node = {
        id, key, title, kind, colour,
        parent: nodes[i + 1] ? id - nodes[i + 1] : -1,
        field: data.strings[nodes[i + 2]],
        label: beyond(title, label),
        dtype: data.strings[nodes[i + 5]],
        fields: data.fields[nodes[i + 6]],
        children: [],
      }
      this.nodes.set(id, node)
      this.nodes.get(node.parent)?.children.push(id)
    }
  }

  get(id) { return this.nodes.get(id) }

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

// One target: its final tree, and for each node of it where it comes from.
class Target {
  constructor(packed) {
    this.name = packed.name
    this.title = packed.title
    this.passes = packed.passes
    this.tree = new Tree(packed.name, packed.tree ?? {root: "", nodes: []})
    this.texts = packed.texts
    this.origins = new Map()
    this.tied = new Map()  // input node -> nodes of the final tree
    const {nodes, ties, made, how, spans} = packed.origins
    let id = 0
    nodes.forEach((step, i) => {
      id += step
      const tie = ties[i]
      const span = spans[id] ?? program.span(tie)
      this.origins.set(id, {tie, span, made: made[i], how: CERTAINTIES[how[i]]})
      if (tie >= 0) collect(this.tied, tie, id)
    })
  }

  // The origin of a node, or of the nearest node around it that has one.
  origin(id) {
    for (const each of this.tree.upwards(id)) if (this.origins.has(each)) return this.origins.get(each)
    return this.origins.get(id)
  }

  passName(number) { return this.passes[number - 1].split(".").pop() }
}

// The user's program: its tree, the places of its nodes, and these as the marks of its text. Of
// nodes at one place the first stands for all: what defines a variable comes before its uses. Nodes
// without a place, such as a loop's variable, are at that of the nearest node around them.
class Program {
  constructor() {
    this.tree = new Tree("input", data.tree)
    this.spans = new Map()
    this.peers = new Map()  // "start-end" -> ids
    for (let i = 0; i < data.spans.length; i += 3) {
      const [id, start, end] = data.spans.slice(i, i + 3)
      this.spans.set(id, [start, end])
      const key = `${start}-${end}`
      collect(this.peers, key, id)
    }
    this.placeless = new Map()  // id -> ids without a place that are at its place
    for (const {id, kind} of this.tree.nodes.values()) {
      const placed = this.placed(id)
      if (kind !== "type" && placed !== undefined && placed !== id) collect(this.placeless, placed, id)
    }
  }

  // The nearest node around a node, or itself, that has a place.
  placed(id) { return [...this.tree.upwards(id)].find(each => this.spans.has(each)) }

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

const program = new Program()
const targets = new Map(data.targets.map(packed => [packed.name, new Target(packed)]))

function treeNamed(name) { return name === "input" ? program.tree : targets.get(name).tree }

// Marks as [start, end, node] from steps of start, lengths and nodes.
function unpackMarks(numbers) {
  const marks = []
  let start = 0
  for (let i = 0; i < numbers.length; i += 3) {
    start += numbers[i]
    marks.push([start, start + numbers[i + 1], numbers[i + 2]])
  }
  return marks
}
