// Decode an analysis for the panes: trees, where their nodes come from, and which characters they wrote.

/** @import {Mark} from "./lines.js" */
/** @import {Certainty, Fold, ModelOrigin, NodeKind, PackedDerived, PackedProgram, PackedTrace, PackedTree, SharedKernel, Span, Tables} from "./packed.d.ts" */

/**
 * A node: its type's key, title and colour, the field of its parent that it is, its children's ids.
 * `parent` is -1 for the root; `fields` are indices into the tables, a name and a text in turn.
 * @typedef {{id: number, key: string, title: string, kind: NodeKind, colour: string, parent: number,
 *   field: string, label: string, dtype: string, fields: number[], children: number[]}} TreeNode
 */

/**
 * Where a node comes from: an input node or -1, its place in the user's text, the number of the pass
 * that made it or 0.
 * @typedef {{input: number, span: Span | undefined, pass: number, certainty: Certainty}} Origin
 */

/** @type {Certainty[]} */
const CERTAINTIES = ["exact", "inherited", "synthesised", "lost"]

/**
 * Append a value to the list that a map has for a key.
 * @template K, V
 * @param {Map<K, V[]>} map
 * @param {K} key
 * @param {V} value
 */
export function collect(map, key, value) {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/**
 * The nodes of one tree by id. Each is packed as six numbers: the step back to its parent (0 for the
 * root), then indices of its field, type, label, dtype and fields in the tables.
 */
export class NodeTree {
  #root
  #tables

  /**
   * @param {PackedTree} packed
   * @param {Tables} tables
   */
  constructor({root, nodes}, tables) {
    this.#root = root
    this.#tables = tables
    /** @type {Map<number, TreeNode>} */
    this.nodes = new Map()
    for (let i = 0; i < nodes.length; i += 6) {
      const id = i / 6
      const [key, title, kind, colour] = tables.types[nodes[i + 2]]
      const node = {
        id, key, title, kind, colour,
        parent: nodes[i] ? id - nodes[i] : -1,
        field: tables.strings[nodes[i + 1]],
        label: withoutTitle(title, tables.strings[nodes[i + 3]]),
        dtype: tables.strings[nodes[i + 4]],
        fields: tables.fields[nodes[i + 5]],
        children: [],
      }
      this.nodes.set(id, node)
      this.nodes.get(node.parent)?.children.push(id)
    }
  }

  /** @param {number} id */
  get(id) { return this.nodes.get(id) }

  /**
   * The names and texts of a node's fields that are no nodes.
   * @param {number} id
   */
  fields(id) {
    const {strings} = this.#tables
    const numbers = this.get(id)?.fields ?? []
    return numbers.flatMap((name, i) => i % 2 ? [] : [[strings[name], strings[numbers[i + 1]]]])
  }

  /**
   * The catalog's paragraph on a type of node, in both languages, or undefined.
   * @param {string} key
   */
  explanation(key) { return this.#tables.catalog[key] }

  /**
   * The path of a node, such as "f.body.value".
   * @param {number} id
   */
  path(id) {
    const fields = []
    for (let node = this.get(id); node && node.parent >= 0; node = this.get(node.parent)) fields.unshift(node.field)
    return [this.#root, ...fields].filter(Boolean).join(".")
  }

  /**
   * The ids from a node up to the root.
   * @param {number} id
   */
  * upwards(id) {
    for (let node = this.get(id); node; node = this.get(node.parent)) yield node.id
  }

  /**
   * The nearest of a node and those around it that a predicate accepts; undefined where none is.
   * @param {number} id
   * @param {(id: number) => boolean} accepts
   */
  nearest(id, accepts) {
    for (const outer of this.upwards(id)) if (accepts(outer)) return outer
    return undefined
  }

  /**
   * Visit the ids below a node, parents first, going down where `visit` returns true.
   * @param {number} id
   * @param {(id: number) => boolean} visit
   */
  below(id, visit) {
    for (const child of this.get(id)?.children ?? []) if (visit(child)) this.below(child, visit)
  }
}

/**
 * A label without the title at its beginning: "i in range(8)" of "For i in range(8)".
 * @param {string} title
 * @param {string} label
 */
export function withoutTitle(title, label) {
  if (label.toLowerCase() === title.toLowerCase()) return ""
  return label.toLowerCase().startsWith(`${title} `.toLowerCase()) ? label.slice(title.length + 1) : label
}

/**
 * A tree made from the user's: a target's final one, with the texts written from it, or that of a stage
 * on the way. Once its origins are known it can be linked.
 */
export class DerivedTree {
  #program
  /** @type {string[]} */
  #passes = []
  /** @type {SharedKernel[]} */
  #shared = []

  /**
   * @param {PackedDerived} packed
   * @param {Tables} tables
   * @param {InputProgram} program
   */
  constructor(packed, tables, program) {
    this.#program = program
    this.name = packed.name
    this.title = packed.title
    this.tree = new NodeTree(packed.tree ?? {root: "", nodes: []}, tables)
    this.texts = packed.texts ?? []
    /** @type {Map<number, Origin>} */
    this.origins = new Map()
    /**
     * The nodes that come from an input node.
     * @type {Map<number, number[]>}
     */
    this.byInput = new Map()
    this.addOrigins(packed)
  }

  /** @param {PackedDerived["texts"]} texts */
  addTexts(texts = []) { this.texts = texts }

  /** @param {PackedTrace & {folds?: (Fold[] | null)[]}} packed with the folds of texts that had none before */
  addOrigins({passes = [], origins, folds = []}) {
    this.#passes = passes
    this.texts = this.texts.map((text, i) => folds[i] ? {...text, folds: folds[i]} : text)
    if (!origins) return
    const {nodes, inputNodes, made, how, places} = origins
    this.#shared = origins.shared
    let id = 0
    nodes.forEach((step, i) => {
      id += step
      const input = inputNodes[i]
      const span = places[input] ?? this.#program.span(input)
      this.origins.set(id, {input, span, pass: made[i] ?? 0, certainty: CERTAINTIES[Number(how[i])]})
      if (input >= 0) collect(this.byInput, input, id)
      for (const other of this.#others(id, input)) collect(this.byInput, other, id)
    })
  }

  /**
   * The input nodes that a node comes from beside the first: the other calls of its kernel.
   * @param {number} id
   * @param {number} input the first
   */
  #others(id, input) {
    const sites = this.#sitesOf(id)
    const own = sites.find(site => site.includes(input))
    const place = own?.indexOf(input) ?? -1
    const inputs = sites.map(site => site[place]).filter(other => other >= 0 && other !== input)
    return [...new Set(inputs)]
  }

  /** @param {number} id */
  #sitesOf(id) { return this.#shared.find(([node, end]) => node <= id && id < end)?.[2] ?? [] }

  /**
   * The origin of a node, or of the nearest enclosing node that has one.
   * @param {number} id
   */
  origin(id) {
    for (const outer of this.tree.upwards(id)) {
      const origin = this.origins.get(outer)
      if (origin) return origin
    }
    return this.origins.get(id)
  }

  /**
   * The input nodes that a node, or the nearest enclosing one with an origin, comes from beside the first.
   * @param {number} id
   */
  othersOf(id) {
    const known = this.tree.nearest(id, outer => this.origins.has(outer)) ?? id
    return this.#others(known, this.origins.get(known)?.input ?? -1)
  }

  /**
   * How many calls share the kernel that a node stands in; 0 where they do not.
   * @param {number} id
   */
  callsOf(id) { return this.#sitesOf(id).length }

  /** @param {number} number */
  passName(number) { return (this.#passes[number - 1] ?? "").split(".").at(-1) ?? "" }
}

/**
 * The user's program: its tree and the places of its nodes. Of several nodes at one place the first
 * stands for all, since what defines a variable comes before its uses. A node without a place, such as
 * a loop's variable, is at that of the nearest enclosing node.
 */
export class InputProgram {
  /** @type {Map<string, number[]>} */
  #byPlace = new Map()  // "start-end" -> ids
  /** @type {Map<number, number[]>} */
  #placeless = new Map()  // id -> ids without a place of their own that are at its place

  /**
   * @param {PackedProgram} packed
   * @param {Tables} tables
   */
  constructor({tree, spans}, tables) {
    this.tree = new NodeTree(tree, tables)
    /** @type {Map<number, Span>} */
    this.spans = new Map()
    for (let i = 0; i < spans.length; i += 3) {
      const [id, start, end] = spans.slice(i, i + 3)
      this.spans.set(id, [start, end])
      collect(this.#byPlace, `${start}-${end}`, id)
    }
    for (const {id, kind} of this.tree.nodes.values()) {
      const placed = this.#placed(id)
      if (kind !== "type" && placed !== undefined && placed !== id) collect(this.#placeless, placed, id)
    }
  }

  /**
   * A node, or the nearest that encloses it, with a place.
   * @param {number} id
   */
  #placed(id) {
    for (const outer of this.tree.upwards(id)) if (this.spans.has(outer)) return outer
    return undefined
  }

  /** @param {number} id */
  span(id) {
    const placed = this.#placed(id)
    return placed === undefined ? undefined : this.spans.get(placed)
  }

  /**
   * The nodes that a place of the text stands for, given one that has it: a statement with the others
   * there, and the nodes without a place of their own.
   * @param {number} id
   */
  nodesAtPlaceOf(id) {
    const span = this.spans.get(id)
    const there = span ? this.#byPlace.get(span.join("-")) ?? [] : []
    const statements = there.filter(other => this.tree.get(other)?.kind === "stmt")
    return (statements.includes(id) ? statements : [id]).flatMap(node => [node, ...this.#placeless.get(node) ?? []])
  }

  /**
   * The places of the nodes as marks of the text: outer ones first, without those that cross others.
   * @returns {Mark[]}
   */
  marks() {
    /** @type {Mark[]} */
    const places = []
    for (const [id] of this.#byPlace.values()) {
      const [start, end] = this.spans.get(id) ?? [0, 0]
      places.push([start, end, id])
    }
    places.sort((a, b) => a[0] - b[0] || b[1] - a[1])
    /** @type {Mark[]} */
    const marks = []
    /** @type {number[]} */
    const openEnds = []
    for (const mark of places) {
      while (openEnds.length && openEnds[openEnds.length - 1] <= mark[0]) openEnds.pop()
      if (openEnds.length && mark[1] > openEnds[openEnds.length - 1]) continue
      openEnds.push(mark[1])
      marks.push(mark)
    }
    return marks
  }
}

/** The user's text and program, and the trees made from it by name. */
export class LinkModel {
  /**
   * @param {string} text
   * @param {PackedProgram} packed
   * @param {Tables} tables
   */
  constructor(text, packed, tables) {
    this.text = text
    this.program = new InputProgram(packed, tables)
    /** @type {Map<string, DerivedTree>} */
    this.derived = new Map()
    /** @type {ModelOrigin[]} */
    this.modelOrigins = []  // in the order of the text
  }

  /**
   * What the statement at a place of the text was made from, where a comment says it.
   * @param {Span | undefined} span
   */
  modelOrigin(span) {
    return span && this.modelOrigins.find(({span: [start, end]}) => start <= span[0] && span[1] <= end)
  }

  /**
   * @param {PackedDerived} packed
   * @param {Tables} tables
   */
  add(packed, tables) {
    const derived = new DerivedTree(packed, tables, this.program)
    this.derived.set(packed.name, derived)
    return derived
  }

  /** @param {string} name */
  tree(name) { return name === "input" ? this.program.tree : this.derived.get(name)?.tree }

  /**
   * The first and the last line, from 1, that a span touches.
   * @param {Span} span
   * @returns {[first: number, last: number]}
   */
  linesOf([start, end]) {
    /** @param {number} offset */
    const lineAt = offset => this.text.slice(0, offset).split("\n").length
    return [lineAt(start), lineAt(Math.max(start, end - 1))]
  }
}

/**
 * Decode marks from steps of start, lengths and nodes.
 * @param {number[]} numbers
 * @returns {Mark[]}
 */
export function unpackMarks(numbers) {
  /** @type {Mark[]} */
  const marks = []
  let start = 0
  for (let i = 0; i < numbers.length; i += 3) {
    start += numbers[i]
    marks.push([start, start + numbers[i + 1], numbers[i + 2]])
  }
  return marks
}
