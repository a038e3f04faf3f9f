// What stays on the page when it changes its language, besides what a link holds.
import {find} from "../../../../render/web/elements.js"

/** @import {CostTab, CarriedCost} from "../cost/cost_tab.js" */
/** @import {RunTab, CarriedRun} from "../run/run_tab.js" */
/** @import {SourcePane} from "../sources/source_pane.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {PaneLayout} from "./pane_layout.js" */
/** @import {Presentation} from "./presentation.js" */

/**
 * The run, what it cost, the pane where there is room for one, those of a presentation, the text of each target in sight, the rows of the
 * outline, what is searched for, where the editor's text is looked at.
 * @typedef {{run: CarriedRun, cost: CarriedCost, opened: string, presented: string[], numbers: Map<string, number>, toggled: ReadonlySet<string>,
 *   search: string, editor: unknown}} Carried
 */

/** @typedef {{root: HTMLElement, layout: PaneLayout, tree: TreePane}} Taking */

/** @param {HTMLElement} root */
function searchField(root) { return find(root, ".pane.tree .search", HTMLInputElement) }

/**
 * What panes in another language begin with; a run is given up for it.
 * @param {Taking & {run: RunTab, cost: CostTab, presentation: Presentation, sources: SourcePane}} panes
 * @param {unknown} editor
 * @returns {Carried}
 */
export function handOver({root, layout, tree, run, cost, presentation, sources}, editor) {
  return {
    run: run.handOver(), cost: cost.handOver(), opened: layout.opened, presented: presentation.shown, numbers: sources.numbers,
    toggled: tree.views.outline.toggled, search: searchField(root).value, editor}
}

/**
 * Show what panes in another language showed, as far as they were not made with it.
 * @param {Taking} panes
 * @param {Carried} carried
 */
export function takeOver({root, layout, tree}, {opened, toggled, search}) {
  layout.open(opened)
  tree.views.outline.toggled = toggled
  searchField(root).value = search
}
