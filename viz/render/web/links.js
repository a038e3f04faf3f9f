// Decide what lights up together. Every link goes through nodes of the user's tree: a node of a target's
// tree is linked to the input node it comes from, and so to all other nodes that come from that one.

/** @import {DerivedTree, LinkModel, NodeTree} from "./model.js" */
/** @import {Link, Links, NodeLinks, Ref, SpanLink} from "./view.d.ts" */

/** @type {Link[]} */
export const LINK_KINDS = ["exact", "inherited", "made"]

/**
 * The nodes of a tree that light up.
 * @param {Links} links
 * @param {string} tree its name
 * @returns {NodeLinks}
 */
export function linksIn(links, tree) { return tree === "input" ? links.input : links.trees.get(tree) ?? new Map() }

/**
 * The node at an element of a drawing or an outline of a tree, or with `wide` its parent; null without one.
 * @param {Element | null} place
 * @param {string} name the tree's
 * @param {LinkModel} model
 * @param {boolean} wide
 * @returns {Ref | null}
 */
export function refAtNode(place, name, model, wide) {
  const id = Number(place?.getAttribute("data-node") ?? -1)
  if (id < 0) return null
  const parent = model.tree(name)?.get(id)?.parent ?? -1
  return {tree: name, ids: [wide && parent >= 0 ? parent : id]}
}

/**
 * What is linked to a reference, in the user's tree, in the user's text and in the named trees.
 * @param {LinkModel} model
 * @param {Ref} ref
 * @param {Iterable<string>} names
 * @returns {Links}
 */
export function linked(model, ref, names) {
  /** @type {Links} */
  const links = {input: new Map(), spans: [], trees: new Map()}
  const derived = model.derived.get(ref.tree)
  const inputs = ref.tree === "input" ? linkInput(model, links, ref.ids) : linkDerived(model, links, ref, derived)
  for (const name of new Set(names)) {
    const other = model.derived.get(name)
    if (name !== ref.tree && other) links.trees.set(name, comingFrom(model, inputs, other))
  }
  return links
}

/**
 * Link nodes of the user's tree to themselves and their places; return them.
 * @param {LinkModel} model
 * @param {Links} links
 * @param {number[]} ids
 */
function linkInput(model, links, ids) {
  for (const id of ids) {
    links.input.set(id, "exact")
    const span = model.program.span(id)
    if (span) links.spans.push([span, model.program.spans.has(id) ? "exact" : "inherited"])
  }
  return ids
}

/**
 * Link nodes of a derived tree to themselves and to the input nodes they come from; return these.
 * @param {LinkModel} model
 * @param {Links} links
 * @param {Ref} ref
 * @param {DerivedTree | undefined} derived
 */
function linkDerived(model, links, {tree, ids}, derived) {
  /** @type {NodeLinks} */
  const own = new Map()
  links.trees.set(tree, own)
  const inputs = []
  for (const id of ids) {
    const origin = derived?.origin(id)
    own.set(id, origin?.certainty === "synthesised" ? "made" : "exact")
    if (!origin || origin.input < 0 && !origin.span) continue
    const link = origin.certainty === "exact" && derived?.origins.has(id) ? "exact" : "inherited"
    if (origin.input >= 0) {
      links.input.set(origin.input, link)
      inputs.push(origin.input)
    }
    if (origin.span) links.spans.push([origin.span, link])
    for (const other of derived?.othersOf(id) ?? []) {
      links.input.set(other, "inherited")
      inputs.push(other)
      const span = model.program.span(other)
      if (span) links.spans.push([span, "inherited"])
    }
  }
  return inputs
}

/**
 * The nodes of a derived tree that come from some input nodes; without any, those that come from what
 * is below these; without any, those that come from the statement that encloses them.
 * @param {LinkModel} model
 * @param {number[]} inputs
 * @param {DerivedTree} derived
 */
function comingFrom(model, inputs, derived) {
  /** @type {NodeLinks} */
  const links = new Map()
  const {tree} = model.program
  /** @param {number} input @param {Link} [link] */
  const add = (input, link) => {
    for (const id of derived.byInput.get(input) ?? []) {
      links.set(id, link ?? (derived.origins.get(id)?.certainty === "exact" ? "exact" : "inherited"))
    }
  }
  for (const input of inputs) add(input)
  if (links.size) return links
  for (const input of inputs) {
    tree.below(input, child => {
      add(child, "inherited")
      return true
    })
  }
  if (links.size || !inputs.length) return links
  const enclosing = tree.nearest(inputs[0], id => derived.byInput.has(id))
  if (enclosing !== undefined && tree.get(enclosing)?.kind === "stmt") add(enclosing, "inherited")
  return links
}

/**
 * The marked nodes to light in a text: for a node without a mark the nearest below it; without any, the
 * nearest that encloses it and is no function.
 * @param {NodeTree} tree
 * @param {(id: number) => boolean} isMarked
 * @param {NodeLinks} links
 */
export function markedLinks(tree, isMarked, links) {
  const lit = new Map([...links].filter(([id]) => isMarked(id)))
  if (lit.size) return lit
  for (const [id, link] of links) {
    tree.below(id, child => {
      if (!isMarked(child)) return true
      lit.set(child, link === "made" ? link : "inherited")
      return false
    })
  }
  if (lit.size) return lit
  for (const [id, link] of links) {
    const enclosing = tree.nearest(id, isMarked)
    if (enclosing === undefined || tree.get(enclosing)?.kind === "func") continue
    lit.set(enclosing, link === "made" ? link : "inherited")
  }
  return lit
}

/**
 * The places of the user's text that no lit mark covers exactly.
 * @param {LinkModel} model
 * @param {Links} links
 * @param {(id: number) => boolean} isMarked
 * @returns {SpanLink[]}
 */
export function unmarkedSpans(model, links, isMarked) {
  return links.spans.filter(([span]) => ![...links.input.keys()].some(id =>
    isMarked(id) && String(model.program.spans.get(id)) === String(span)))
}
