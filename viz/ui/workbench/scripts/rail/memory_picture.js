// The memory plan of a Relax function: a row for each piece of memory, a bar for each tensor in it, over the calls.
import {element} from "../../../../render/web/elements.js"
import {_, plural} from "../language/words.js"

/** @import {MemoryPlan, PlannedTensor} from "../frames.d.ts" */

const MOST_ROWS = 40  // pieces of memory that are drawn

/**
 * The picture of a plan, with its words for who does not see it.
 * @param {MemoryPlan} plan
 */
export function memoryPicture({function: name, calls, storages}) {
  const rows = storages.slice(0, MOST_ROWS).map(({size, tensors}, i) => {
    const words = size ? _("{size} bytes", {size}) : _("not planned")
    const bars = tensors.map(tensor => bar(tensor, calls))
    const track = element("div", "bars", ...bars)
    track.style.gridTemplateColumns = `repeat(${calls.length}, minmax(3px, 1fr))`
    const row = element("div", "storage", element("span", "size", words), track)
    row.setAttribute("role", "listitem")
    row.setAttribute("aria-label", _("{number}: {size}; {tensors}",
      {number: i + 1, size: words, tensors: tensors.map(tensor => tensorWords(tensor, calls)).join("; ")}))
    return row
  })
  const list = element("div", "memory-plan", ...rows)
  list.setAttribute("role", "list")
  list.setAttribute("aria-label", _("Memory of {name}: each row is a piece of memory, each bar a tensor in it", {name}))
  const left = storages.length - rows.length
  const head = plural("{name}: one call of a kernel from left to right", "{name}: {count} calls of kernels from left to right", calls.length, {name})
  return element("div", "", element("p", "soft", head), list,
    ...left > 0 ? [element("p", "soft", plural("1 more piece of memory", "{count} more pieces of memory", left))] : [])
}

/** @param {PlannedTensor} tensor @param {string[]} calls */
function bar(tensor, calls) {
  const made = element("span", tensor.returned ? "tensor returned" : "tensor", tensor.name)
  made.style.gridColumn = `${tensor.first + 1} / ${Math.min(tensor.last, calls.length - 1) + 2}`
  made.title = tensorWords(tensor, calls)
  return made
}

/** @param {PlannedTensor} tensor @param {string[]} calls */
export function tensorWords({name, shape, dtype, first, last, returned}, calls) {
  const what = `${name} ${dtype}[${shape}]`
  if (returned) return _("{what}, from {first} to the end", {what, first: calls[first] ?? ""})
  return first === last ? _("{what}, in {first}", {what, first: calls[first]})
    : _("{what}, from {first} to {last}", {what, first: calls[first], last: calls[last]})
}
