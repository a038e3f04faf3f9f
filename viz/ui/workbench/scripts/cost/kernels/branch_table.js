// The branches of a kernel that divide warps, as a table: a row for each, those that divide most first.
import {button, element} from "../../../../../render/web/elements.js"
import {ruleTitle} from "../rules.js"
import {_, number} from "../../language/words.js"

/** @import {BranchCost, CostCatalog} from "../cost_frames.d.ts" */

/** What the table calls: `light` when a row is chosen, `goTo` for its place in the user's text. @typedef {{light: (branch: BranchCost) => void, goTo: (branch: BranchCost) => void}} BranchActions */

/**
 * @param {string} name the kernel's
 * @param {BranchCost[]} branches
 * @param {CostCatalog} catalog
 * @param {BranchActions} actions
 */
export function branchTable(name, branches, catalog, actions) {
  const heads = [_("Branch"), _("Warps that come to it"), _("Divided")].map(title => {
    const cell = element("th", "", title)
    cell.scope = "col"
    return cell
  })
  heads[2].title = ruleTitle(catalog, "divided")
  const rows = branches.toSorted((a, b) => b.divided - a.divided).map(branch => branchRow(branch, actions))
  const caption = element("caption", "unseen", _("Branches of {kernel} that divide warps", {kernel: name}))
  const table = element("table", "sites branches", caption, element("thead", "", element("tr", "", ...heads)), element("tbody", "", ...rows))
  return element("div", "table-room", table)
}

/** @param {BranchCost} branch @param {BranchActions} actions */
function branchRow(branch, {light, goTo}) {
  const {own, own_line: line, warps, divided} = branch
  const place = own && line !== null ? [" ", button("place", _("line {line}", {line: String(line)}), () => goTo(branch))] : []
  const head = element("th", "", button("access", _("divided branch"), () => light(branch)), ...place)
  head.scope = "row"
  const row = element("tr", "costly", head, element("td", "", number(warps)), element("td", "", element("b", "", number(divided))))
  row.addEventListener("click", event => { if (!(event.target instanceof Element && event.target.closest("button"))) light(branch) })
  return row
}
