// A kernel: its figures in a line, why it could not be counted, the tables of its accesses and divided branches.
import {asCode, element} from "../../../../../render/web/elements.js"
import {kernelFigures} from "../figures.js"
import {ruleSign, ruleTitle} from "../rules.js"
import {branchTable} from "./branch_table.js"
import {SiteTable} from "../site_table.js"
import {_, language} from "../../language/words.js"

/** @import {AccessSite, CostCatalog, KernelCost} from "../cost_frames.d.ts" */
/** @import {BranchActions} from "./branch_table.js" */
/** @import {TableActions} from "../site_table.js" */

export class KernelView {
  table

  /**
   * @param {KernelCost} kernel
   * @param {Map<AccessSite, AccessSite>} before
   * @param {CostCatalog} catalog
   * @param {TableActions & {branch: BranchActions}} actions
   */
  constructor(kernel, before, catalog, actions) {
    this.kernel = kernel
    const {name, sites, problem} = kernel
    const divided = kernel.branches.filter(branch => branch.divided > 0)
    this.table = sites.length ? new SiteTable(name, sites, before, catalog, actions) : undefined
    const figures = kernelFigures(kernel).map(([rule, title, value]) => {
      const row = element("div", "", element("dt", "", title, " ", ruleSign(catalog, rule)), element("dd", "", value))
      row.title = ruleTitle(catalog, rule)
      return row
    })
    this.element = element("section", "kernel", asCode(element("h3", "", name)), element("dl", "figures", ...figures),
      ...problem ? [element("p", "problem warning", problem[language()])] : [],
      ...this.table ? [this.table.element] : problem ? [] : [element("p", "soft", _("It accesses no memory that is counted."))],
      ...divided.length ? [branchTable(name, divided, catalog, actions.branch)] : [])
  }
}
