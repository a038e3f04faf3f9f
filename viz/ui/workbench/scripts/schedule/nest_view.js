// The loop nest after a step: its loops and blocks, with what is new since the step before.
import {asCode, element} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/** @import {NestNode} from "../frames.d.ts" */

/** What a loop's rounds are given to, as a class of the style. @param {string} binding */
function kindOf(binding) {
  if (binding.startsWith("blockIdx")) return "blocks"
  if (binding.includes("thread")) return "threads"
  return binding ? "marked" : ""
}

/** A node of a nest in a line. @param {NestNode} node */
export function nestLine({kind, name, extent, binding, reads, writes, is_reduction}) {
  if (kind === "function") return name
  if (kind === "loop") return `for ${name} < ${extent ?? "?"}${binding ? ` · ${binding}` : ""}`
  return `${name}: ${(reads ?? []).join(", ")} → ${(writes ?? []).join(", ")}${is_reduction ? " Σ" : ""}`
}

/**
 * The lines of a nest, and whether each was not there before, by what it says.
 * @param {NestNode[]} nest
 * @param {NestNode[]} before
 */
export function nestLines(nest, before) {
  const known = new Map()
  for (const line of before.map(nestLine)) known.set(line, (known.get(line) ?? 0) + 1)
  return nest.map(node => {
    const line = nestLine(node)
    const left = known.get(line) ?? 0
    known.set(line, left - 1)
    return {node, line, isNew: before.length > 0 && left <= 0}
  })
}

/**
 * @param {NestNode[]} nest
 * @param {NestNode[]} before
 */
export function nestElement(nest, before) {
  const rows = nestLines(nest, before).map(({node, line, isNew}) => {
    const row = asCode(element("li", `${node.kind} ${kindOf(node.binding ?? "")}${isNew ? " new" : ""}`, line))
    row.style.setProperty("--level", String(node.level))
    if (node.is_reduction) row.title = _("A reduction: its values are made over several rounds")
    return row
  })
  const list = element("ul", "nest", ...rows)
  list.setAttribute("aria-label", _("Loops and blocks after this step"))
  return list
}
