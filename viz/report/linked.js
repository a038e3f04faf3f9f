// What lights up together. A reference is a tree's name and the ids of nodes in it; everything goes
// through the node of the user's program that stands behind.

// For each tree that can be seen: node -> "exact", "inherited" or "made"; and places in the text.
function linked({tree, ids}, target) {
  const found = {input: new Map(), final: new Map(), spans: []}
  if (tree === "input") {
    fromInput(found, ids, target)
    return found
  }
  const origins = targets.get(tree)
  const ties = []
  for (const id of ids) {
    const origin = origins.origin(id)
    if (tree === target?.name) found.final.set(id, origin?.how === "synthesised" ? "made" : "exact")
    if (!origin || origin.tie < 0 && !origin.span) continue
    const how = origin.how === "exact" && origins.origins.has(id) ? "exact" : "inherited"
    if (origin.tie >= 0) {
      found.input.set(origin.tie, how)
      ties.push(origin.tie)
    }
    if (origin.span) found.spans.push([origin.span, how])
  }
  if (tree !== target?.name) toFinal(found, ties, target)
  return found
}

function fromInput(found, ids, target) {
  for (const id of ids) {
    found.input.set(id, "exact")
    const span = program.span(id)
    if (span) found.spans.push([span, program.spans.has(id) ? "exact" : "inherited"])
  }
  toFinal(found, ids, target)
}

// Add the final nodes that come from some input nodes; else from what stands below these, else from
// what stands around them.
function toFinal(found, ids, target) {
  if (!target) return
  const add = (id, how) => {
    for (const each of target.tied.get(id) ?? []) {
      found.final.set(each, how ?? (target.origins.get(each).how === "exact" ? "exact" : "inherited"))
    }
  }
  for (const id of ids) add(id)
  if (found.final.size) return
  for (const id of ids) {
    program.tree.below(id, child => {
      add(child, "inherited")
      return true
    })
  }
  if (found.final.size) return
  const around = [...program.tree.upwards(ids[0])].find(each => target.tied.has(each))
  if (around !== undefined && program.tree.get(around).kind === "stmt") add(around, "inherited")
}

// The nodes to light in a text: those with marks; for one without, the nearest below or around it.
function written(listing, found) {
  const tree = treeNamed(listing.tree)
  const lit = new Map([...found].filter(([id]) => listing.byNode.has(id)))
  if (lit.size) return lit
  for (const [id, how] of found) {
    tree.below(id, child => {
      if (!listing.byNode.has(child)) return true
      lit.set(child, how === "made" ? how : "inherited")
      return false
    })
  }
  if (lit.size) return lit
  for (const [id, how] of found) {
    for (const each of tree.upwards(id)) {
      if (!listing.byNode.has(each)) continue
      if (tree.get(each).kind !== "func") lit.set(each, how === "made" ? how : "inherited")
      break
    }
  }
  return lit
}
