// The loop nest after a step as a picture: a bar runs down beside all that is inside a loop, coloured by what the loop is bound to;
// memories of buffers are chips; what is new since the step before is marked, and said in words with what is gone.
import {asCode, button, element} from "../../../../render/web/elements.js"
import {_, number as spelled} from "../language/words.js"

/** @import {NestNode} from "../frames.d.ts" */

/** What a loop's rounds are given to, as a class of the style. @param {string} binding */
function kindOf(binding) {
  if (binding.startsWith("blockIdx")) return "blocks"
  if (binding.includes("thread")) return "threads"
  return binding ? "marked" : ""
}

/** How often each line is there. @param {NestNode[]} nest */
function counted(nest) {
  const counts = new Map()
  for (const line of nest.map(({line}) => line)) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

/**
 * The lines of a nest, and whether each was not there before, by what it says.
 * @param {NestNode[]} nest
 * @param {NestNode[]} before
 */
export function nestLines(nest, before) {
  const known = counted(before)
  return nest.map(node => {
    const {line} = node
    const left = known.get(line) ?? 0
    known.set(line, left - 1)
    return {node, line, isNew: before.length > 0 && left <= 0}
  })
}

/**
 * What a step changed in words: the lines that are new, and those that are gone.
 * @param {NestNode[]} nest
 * @param {NestNode[]} before
 */
export function changeWords(nest, before) {
  if (!before.length) return ""
  const made = nestLines(nest, before).filter(({isNew}) => isNew).map(({line}) => line)
  const gone = nestLines(before, nest).filter(({isNew}) => isNew).map(({line}) => line)
  if (!made.length && !gone.length) return _("The same lines in another order, or a note that is not shown here.")
  return [made.length ? _("New: {lines}.", {lines: made.join("; ")}) : "", gone.length ? _("Gone: {lines}.", {lines: gone.join("; ")}) : ""].filter(Boolean).join(" ")
}

/** The words of a line, the memory of a buffer as a chip. @param {NestNode} node @param {string} line */
function words({kind}, line) {
  const part = /^(.*? · )(.*)$/.exec(line)
  if (kind === "loop" && part) return [part[1], element("span", "nest-chip", part[2])]
  if (kind !== "block") return [line]
  return line.split(/( · [\w.]+)/).flatMap(text => text.startsWith(" · ") ? [" ", element("span", "nest-chip", text.slice(3))] : [text])
}

/**
 * @param {NestNode[]} nest
 * @param {NestNode[]} before
 * @param {number} leftOut how many loops and blocks come after those
 * @param {(node: NestNode) => void} choose called with the loop or block that is chosen
 */
export function nestElement(nest, before, leftOut, choose) {
  /** @type {string[]} */
  const around = []  // the kind of each loop around a line
  const rows = nestLines(nest, before).map(({node, line, isNew}) => {
    around.length = node.level
    const bars = around.map(kind => element("span", `nest-bar ${kind}`))
    around.push(node.kind === "loop" ? `loop ${kindOf(node.binding ?? "")}` : "")
    const row = element("li", `${node.kind} ${kindOf(node.binding ?? "")}${isNew ? " new" : ""}`, ...bars)
    if (node.kind === "function") row.append(line)
    else {
      const chosen = asCode(button("nest-line", "", () => choose(node)))
      chosen.append(...words(node, line))
      chosen.title = node.is_reduction ? _("A reduction: its values are made over several rounds") : _("What can a step do with this?")
      row.append(chosen)
    }
    if (isNew) row.append(element("span", "unseen", ` ${_("new")}`))
    return row
  })
  const list = element("ul", "nest", ...rows)
  list.setAttribute("aria-label", _("Loops and blocks after this step"))
  const changed = changeWords(nest, before)
  return element("div", "", ...(changed ? [element("p", "soft nest-changes", changed)] : []), list,
    ...(leftOut ? [element("p", "soft", _("… {count} more loops and blocks", {count: spelled(leftOut)}))] : []))
}
