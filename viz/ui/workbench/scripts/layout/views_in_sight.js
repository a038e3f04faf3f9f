// The views in sight that show the model.

/** @import {View} from "../../../../render/web/view.d.ts" */
/** @import {Editor} from "../editor/editor.js" */
/** @import {SourcePane} from "../sources/source_pane.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {PaneLayout} from "./pane_layout.js" */

/**
 * @param {{layout: PaneLayout, editor: Editor | undefined, tree: TreePane, sources: SourcePane}} panes
 * @returns {View[]}
 */
export function viewsInSight({layout, editor, tree, sources}) {
  const {active} = tree.views
  const listings = sources.slots.flatMap(({isStale, listing}) => listing && !isStale ? [listing] : [])
  return [
    ...editor && layout.isInSight("script") ? [editor] : [],
    ...active && layout.isInSight("tree") ? [active] : [],
    ...layout.isInSight("source") ? listings : [],
  ]
}
