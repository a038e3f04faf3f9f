// What lights up together. A reference is a tree's name and the ids of nodes in it; everything goes
// through the nodes of the user's program that stand behind.

// For each tree by name a map of node -> "exact", "inherited" or "made", and places in the user's
// text as [span, how]. `names` are the trees in sight besides the user's.
export function linked(model, ref, names) {
  const found = {input: new Map(), spans: [], trees: new Map()}
  const ties = ref.tree === "input" ? fromInput(model, found, ref.ids) : fromDerived(model, found, ref)
  for (const name of new Set(names)) {
    if (name === ref.tree || !model.derived.has(name)) continue
    found.trees.set(name, toDerived(model, ties, model.derived.get(name)))
  }
  return found
}

function fromInput(model, found, ids) {
  for (const id of ids) {
    found.input.set(id, "exact")
    const span = model.program.span(id)
    if (span) found.spans.push([span, model.program.spans.has(id) ? "exact" : "inherited"])
  }
  return ids
}

function fromDerived(model, found, {tree, ids}) {
  const derived = model.derived.get(tree)
  const own = new Map()
  found.trees.set(tree, own)
  const ties = []
  for (const id of ids) {
    const origin = derived?.origin(id)
    own.set(id, origin?.how === "synthesised" ? "made" : "exact")
    if (!origin || origin.inputNode < 0 && !origin.span) continue
    const how = origin.how === "exact" && derived.origins.has(id) ? "exact" : "inherited"
    if (origin.inputNode >= 0) {
      found.input.set(origin.inputNode, how)
      ties.push(origin.inputNode)
    }
    if (origin.span) found.spans.push([origin.span, how])
  }
  return ties
}

// The nodes of a derived tree that come from some input nodes; else from what stands below these,
// else from what stands around them.
function toDerived(model, ids, derived) {
  const found = new Map()
  const {tree} = model.program
  const add = (id, how) => {
    for (const each of derived.tied.get(id) ?? []) {
      found.set(each, how ?? (derived.origins.get(each).how === "exact" ? "exact" : "inherited"))
    }
  }
  for (const id of ids) add(id)
  if (found.size) return found
  for (const id of ids) {
    tree.below(id, child => {
      add(child, "inherited")
      return true
    })
  }
  if (found.size || !ids.length) return found
  const around = [...tree.upwards(ids[0])].find(each => derived.tied.has(each))
  if (around !== undefined && tree.get(around).kind === "stmt") add(around, "inherited")
  return found
}

// The nodes to light in a text: those with marks; for one without, the nearest below or around it.
// `marked` says whether a node of the tree has a mark.
export function written(tree, marked, found) {
  const lit = new Map([...found].filter(([id]) => marked(id)))
  if (lit.size) return lit
  for (const [id, how] of found) {
    tree.below(id, child => {
      if (!marked(child)) return true
      lit.set(child, how === "made" ? how : "inherited")
      return false
    })
  }
  if (lit.size) return lit
  for (const [id, how] of found) {
    for (const each of tree.upwards(id)) {
      if (!marked(each)) continue
      if (tree.get(each).kind !== "func") lit.set(each, how === "made" ? how : "inherited")
      break
    }
  }
  return lit
}

// The places of the user's text that no mark of its own shows.
export function unmarked(model, found, marked) {
  return found.spans.filter(([span]) => ![...found.input.keys()].some(id =>
    marked(id) && String(model.program.spans.get(id)) === String(span)))
}
