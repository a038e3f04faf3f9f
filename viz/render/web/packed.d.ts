// The data that data.py packs for the browser. Offsets are UTF-16 units, spans half-open.

export type Span = [start: number, end: number]
export type Certainty = "exact" | "inherited" | "synthesised" | "lost"
export type NodeKind = "module" | "func" | "stmt" | "expr" | "type" | "other"
export type BothLanguages = [english: string, chinese: string]

/** Lines to fold: the first (1-based), how many, and what they are. */
export type Fold = [first: number, lines: number, what: "checks" | "unwritten"]

/** Distinct values that packed trees refer to by their index. */
export interface Tables {
  strings: string[]
  types: [key: string, title: string, kind: NodeKind, colour: string][]
  /** Fields of a node that are no nodes: indices of a name and of its text, in turn. */
  fields: number[][]
  catalog: Record<string, BothLanguages>
}

/** Nodes in pre-order, six numbers each: see NodeTree in model.js. */
export interface PackedTree {
  root: string
  nodes: number[]
}

/** The user's program; `spans` are id, start and end in turn. */
export interface PackedProgram {
  tree: PackedTree
  spans: number[]
}

export interface PackedText {
  language: string
  /** Step of start, length and node, in turn; absent where nothing is marked. */
  marks?: number[]
  /** Nodes whose marks may hold characters of an expression below them. */
  covering?: number[]
  /** Share of the characters with the mark of the very node that wrote them. */
  exact?: number
  /** The C++ function that wrote the nodes of a type, by type key. */
  visitors?: Record<string, string>
  /** null until the origins are known. */
  folds?: Fold[] | null
  /** null for a schedule that is not printed yet; absent in a report, whose page has the texts. */
  text?: string | null
  title?: string
  part?: string
}

export interface PackedOrigins {
  /** Steps of node ids. */
  nodes: number[]
  /** For each node the input node it comes from, or -1. */
  inputNodes: number[]
  /** For each node the number of the pass that made it, or 0. */
  made: number[]
  /** For each node a digit: the index of its Certainty. */
  how: string
  /** Places of input nodes in the user's text that differ from those in the tree, by input node. */
  places: Record<number, Span>
  shared: SharedKernel[]
}

/**
 * A kernel that several calls share: the node of its function, one past the last node below it, and the
 * input nodes of each call. See SharedKernel in viz/model/emission.py.
 */
export type SharedKernel = [node: number, end: number, sites: number[][]]

/** What a statement of a Relax function was made from: see ModelOrigin in viz/model/overview.py. */
export interface ModelOrigin {
  span: Span
  path: string
  kind: string
  file: string
  line: number
  code: string
}

export interface PackedTrace {
  passes?: string[]
  origins?: PackedOrigins
}

/** A tree made from the user's: that of a target, or of a stage on the way there. */
export interface PackedDerived extends PackedTrace {
  name: string
  title: string
  tree?: PackedTree | null
  texts?: PackedText[]
}

export interface PackedReport extends PackedProgram, Tables {
  modelOrigins: ModelOrigin[]
  targets: PackedDerived[]
  /** Trees on the way there, each with tables of its own. */
  stages?: (PackedDerived & {tables: Tables})[]
}
